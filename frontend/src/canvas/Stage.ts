import type { ScoreMap } from "./geometry/scoreMap";
import type { Size, View } from "./geometry/view";
import type { MaskDocument } from "./MaskDocument";
import type { Picture } from "./picture";
import { DEFAULT_DISPLAY, type Display } from "./render/frame";
import { Renderer } from "./render/Renderer";

/** Everything the canvas shows of one image. */
export interface Scene {
  picture: Picture;
  scoreMap: ScoreMap | null;
  document: MaskDocument;
}

/** What the stage asks of its owner. */
export interface StageOwner {
  view(): View;
  screen(): Size;
  /** Called at the start of each frame. */
  beforeDraw(): void;
  onContext(state: "ready" | "lost"): void;
}

/** What is drawn and when: at most once per animation frame, and again after a lost graphics context. */
export class Stage {
  private readonly canvas: HTMLCanvasElement;
  private readonly owner: StageOwner;
  private readonly stop = new AbortController();
  private renderer: Renderer;
  private current: Scene | null = null;
  private unsubscribe: (() => void) | null = null;
  private display: Display = DEFAULT_DISPLAY;
  private shownInstead: MaskDocument | null = null;
  private blinkPicture: Picture | null = null;
  private nextPicture: Picture | null = null;
  private blink = false;
  private bare = false;
  private frameRequest = 0;

  /** Throws `WebGlMissingError` where the browser has no WebGL2. */
  constructor(canvas: HTMLCanvasElement, owner: StageOwner) {
    this.canvas = canvas;
    this.owner = owner;
    this.renderer = new Renderer(canvas, this.requestDraw);
    const on = { signal: this.stop.signal };
    canvas.addEventListener("webglcontextlost", this.onContextLost, on);
    canvas.addEventListener("webglcontextrestored", this.onContextRestored, on);
  }

  get scene(): Scene | null {
    return this.current;
  }

  /** The image's width and height; null without one. */
  get imageSize(): Size | null {
    const document = this.current?.document;
    return document ? { width: document.widthPx, height: document.heightPx } : null;
  }

  destroy(): void {
    this.stop.abort();
    this.unsubscribe?.();
    this.renderer.clear();
    this.prepare(null);
    cancelAnimationFrame(this.frameRequest);
  }

  /** Shows another image; where only the model's answer is another, picture and masks stay as they are. */
  setScene(scene: Scene | null): void {
    const before = this.current;
    this.unsubscribe?.();
    this.current = scene;
    this.shownInstead = null;
    this.setBlinkPicture(null);
    if (scene?.document !== before?.document) this.renderer.clearMasks();
    this.unsubscribe = scene?.document.subscribe(() => this.requestDraw()) ?? null;
    if (scene) this.upload(scene);
    else this.clear();
    this.requestDraw();
  }

  setDisplay(display: Display): void {
    this.display = display;
    this.requestDraw();
  }

  setBare(bare: boolean): void {
    this.bare = bare;
    this.requestDraw();
  }

  showInstead(document: MaskDocument | null): void {
    this.shownInstead = document;
    this.requestDraw();
  }

  setBlinkPicture(picture: Picture | null): void {
    this.blinkPicture = picture;
    this.blink &&= picture !== null;
    void this.renderer.pictures.setOther(picture).catch(unless(() => this.blinkPicture === picture));
  }

  /** Gets the picture ready that comes next, so that it is whole at once. */
  prepare(picture: Picture | null): void {
    this.nextPicture = picture;
    void this.renderer.pictures.prepare(picture).catch(unless(() => this.nextPicture === picture));
  }

  setBlink(blink: boolean): void {
    this.blink = blink && this.blinkPicture !== null;
    this.requestDraw();
  }

  readonly requestDraw = (): void => {
    this.frameRequest ||= requestAnimationFrame(this.draw);
  };

  private clear(): void {
    this.renderer.clear();
    delete this.canvas.dataset["picture"];
  }

  private upload(scene: Scene): void {
    this.renderer.uploadScoreMap(scene.scoreMap);
    // Told by an attribute: whoever measures or tests can see when the whole picture is there.
    this.canvas.dataset["picture"] = "loading";
    const isShown = (): boolean => this.current === scene;
    const told = (): void => {
      if (isShown()) this.canvas.dataset["picture"] = "whole";
    };
    void this.renderer.pictures.show(scene.picture).then(told, unless(isShown));
  }

  private readonly draw = (): void => {
    this.frameRequest = 0;
    this.owner.beforeDraw();
    if (!this.current) return;
    const ratio = this.canvas.width / this.owner.screen().width;
    const { scale, x, y } = this.owner.view();
    this.renderer.draw(
      this.shownInstead ?? this.current.document,
      {
        image: this.imageSize!,
        viewport: { width: this.canvas.width, height: this.canvas.height },
        view: { scale: scale * ratio, x: x * ratio, y: y * ratio },
        bare: this.bare,
        blink: this.blink,
      },
      this.display,
    );
  };

  private readonly onContextLost = (event: Event): void => {
    event.preventDefault();
    cancelAnimationFrame(this.frameRequest);
    this.frameRequest = 0;
    this.owner.onContext("lost");
  };

  private readonly onContextRestored = (): void => {
    this.renderer = new Renderer(this.canvas, this.requestDraw);
    if (this.current) this.upload(this.current);
    this.setBlinkPicture(this.blinkPicture);
    this.prepare(this.nextPicture);
    this.owner.onContext("ready");
    this.requestDraw();
  };
}

/** An upload fails when its picture was closed meanwhile: that is no fault unless it is still wanted. */
function unless(isWanted: () => boolean): (error: unknown) => void {
  return (error) => {
    if (isWanted()) throw error;
  };
}
