// Marks each frame in the trace, and times keys. Installed before the page's first script.
(() => {
  const probe = { on: false, keys: [] }; // {key, paintedMs} of every key that was pressed
  window.__probe = probe;

  // A frame is painted when the canvas drew in it.
  let drew = false;
  const draw = WebGL2RenderingContext.prototype.blitFramebuffer;
  WebGL2RenderingContext.prototype.blitFramebuffer = function (...args) {
    drew = true;
    return draw.apply(this, args);
  };

  // Asked for after each frame's own callbacks of the frame before: what lies between two marks is one frame's.
  const closeFrame = () => {
    if (probe.on) performance.mark(drew ? "frame:painted" : "frame:idle");
    drew = false;
    requestAnimationFrame(closeFrame);
  };
  requestAnimationFrame(closeFrame);

  const onKey = (event) => {
    if (!probe.on) return;
    const start = performance.now();
    const entry = { key: event.key, paintedMs: 0 };
    probe.keys.push(entry);
    requestAnimationFrame(() => setTimeout(() => (entry.paintedMs = performance.now() - start)));
  };
  window.addEventListener("keydown", onKey, true);

  probe.start = () => {
    performance.clearMarks();
    Object.assign(probe, { keys: [], on: true });
  };
  probe.stop = () => {
    probe.on = false;
    return probe.keys;
  };
})();
