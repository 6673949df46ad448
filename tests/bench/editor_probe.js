// Measures what the page's own scripts take, frame by frame. Installed before the page's first script.
(() => {
  const probe = {
    on: false,
    frames: [], // ms of script in each frame that was painted
    longTasks: [], // ms of every task above 50 ms
    keys: [], // {key, scriptMs, paintedMs} of every key that was pressed
  };
  window.__probe = probe;
  let depth = 0;
  let scriptMs = 0;
  let drew = false;
  let waiting = [];

  const measured = (work) =>
    function (...args) {
      if (depth > 0) return work.apply(this, args);
      depth++;
      const start = performance.now();
      try {
        return work.apply(this, args);
      } finally {
        depth--;
        scriptMs += performance.now() - start;
      }
    };

  const wrapped = new WeakMap();
  const wrap = (listener) => {
    if (!wrapped.has(listener)) {
      wrapped.set(
        listener,
        measured(typeof listener === "function" ? listener : (event) => listener.handleEvent(event)),
      );
    }
    return wrapped.get(listener);
  };
  const add = EventTarget.prototype.addEventListener;
  const remove = EventTarget.prototype.removeEventListener;
  EventTarget.prototype.addEventListener = function (type, listener, options) {
    return add.call(this, type, listener && wrap(listener), options);
  };
  EventTarget.prototype.removeEventListener = function (type, listener, options) {
    return remove.call(this, type, listener && wrap(listener), options);
  };

  const timeout = window.setTimeout;
  window.setTimeout = (work, ...rest) => timeout(typeof work === "function" ? measured(work) : work, ...rest);
  const port = Object.getOwnPropertyDescriptor(MessagePort.prototype, "onmessage");
  Object.defineProperty(MessagePort.prototype, "onmessage", {
    ...port,
    set(listener) {
      port.set.call(this, listener && measured(listener));
    },
  });

  // A frame is painted when the canvas drew in it.
  const draw = WebGL2RenderingContext.prototype.blitFramebuffer;
  WebGL2RenderingContext.prototype.blitFramebuffer = function (...args) {
    drew = true;
    return draw.apply(this, args);
  };

  const request = window.requestAnimationFrame;
  window.requestAnimationFrame = (work) => request(measured(work));
  const closeFrame = () => {
    // Runs before the frame's own callbacks: what is counted belongs to the frame before.
    if (probe.on && drew) probe.frames.push(scriptMs);
    // A key is handled in one frame and painted at the start of the next.
    for (const entry of waiting) entry.scriptMs += scriptMs;
    waiting = waiting.filter((entry) => ++entry.closed < 2);
    scriptMs = 0;
    drew = false;
    request(closeFrame);
  };
  request(closeFrame);

  new PerformanceObserver((list) => {
    if (probe.on) for (const entry of list.getEntries()) probe.longTasks.push(entry.duration);
  }).observe({ entryTypes: ["longtask"] });

  add.call(
    window,
    "keydown",
    (event) => {
      const start = performance.now();
      const entry = { key: event.key, scriptMs: 0, paintedMs: 0, closed: 0 };
      if (!probe.on) return;
      probe.keys.push(entry);
      waiting.push(entry);
      request(() => timeout(() => (entry.paintedMs = performance.now() - start)));
    },
    true,
  );

  probe.start = () => {
    Object.assign(probe, { frames: [], longTasks: [], keys: [], on: true });
  };
  probe.stop = () => {
    probe.on = false;
    const { frames, longTasks, keys } = probe;
    return { frames, longTasks, keys };
  };
})();
