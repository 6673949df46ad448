import type { CanvasEngine, EngineEvents, Probe } from "@/canvas/CanvasEngine";
import type { View } from "@/canvas/geometry/view";
import { layerIdentity } from "@/canvas/MaskDocument";
import type { IntensityWindow, Picture } from "@/canvas/picture";
import { Regions } from "@/canvas/regions/Regions";
import type { WebGlMissingError } from "@/canvas/render/gl";
import type { Pick } from "@/canvas/tools";
import { Store } from "@/lib/store";

import type { Verdict } from "../api/types";
import { Comparison } from "./Comparison";
import { Explaining } from "./Explaining";
import type { LoadedTask } from "./loadTask";
import { Looking } from "./Looking";
import { MaskActions, type MaskNotice } from "./MaskActions";
import { copiedMask, PasteError, pasteMask } from "./maskClipboard";
import { scoreScaleOf } from "./scoreScale";
import type { ReviewSession } from "./ReviewSession";
import { SettingsStore } from "./settings";
import { TaskLock } from "./TaskLock";
import { displayOf, EMPTY_VIEW, freshView, objectionTo, type Objection, type ViewState } from "./viewState";

/** Things said to the reviewer in passing; keys of the translation. */
export type Notice = Objection | "pasteSize" | "pasteUnknown" | MaskNotice;

/** What keys and buttons do. Joins the canvas, the queue and the settings; knows no React. */
export class Workspace {
  readonly settings = new SettingsStore();
  readonly zoom = new Store(1);
  /** How image pixels land on the screen, for what lies over the canvas. */
  readonly placement = new Store<View>({ scale: 1, x: 0, y: 0 });
  readonly probe = new Store<Probe | null>(null);
  readonly view = new Store<ViewState>({ ...EMPTY_VIEW });
  /** Where the prediction is cut. By itself, because a dragged slider must not draw every panel again. */
  readonly threshold = new Store(0);
  private readonly session: ReviewSession;
  private readonly notify: (notice: Notice, values?: Record<string, string>) => void;
  private readonly regions = new Regions();
  readonly comparison = new Comparison();
  readonly explaining = new Explaining();
  readonly mask: MaskActions;
  readonly looking = new Looking(() => this.engine);
  private engine: CanvasEngine | null = null;
  private next: Picture | null = null;
  private unfollow: (() => void) | null = null;
  private lock: TaskLock | null = null;

  constructor(session: ReviewSession, notify: (notice: Notice, values?: Record<string, string>) => void) {
    this.session = session;
    this.notify = notify;
    this.mask = new MaskActions(this.regions, () => this.maskScreen(), notify);
    this.comparison.state.subscribe(() => this.applyDisplay());
    this.settings.subscribe(() => this.applyDisplay());
    // Not with each stroke's undo buttons: another display draws the whole picture again.
    this.view.follow(["layers", "hiddenLayers", "activeLayer", "scale", "readable"], () =>
      this.applyDisplay(),
    );
    this.threshold.subscribe(() => this.applyLooks());
  }

  readonly engineEvents: EngineEvents = {
    onScale: (scale) => this.zoom.set(scale),
    onView: (view) => this.placement.set(view),
    onProbe: (probe) => this.probe.set(probe),
    onContext: (state) => this.view.update({ webgl: state }),
    onPick: (pick) => this.pick(pick),
  };

  readonly attach = (engine: CanvasEngine | null, missing?: WebGlMissingError): void => {
    this.engine = engine;
    this.comparison.attach(engine);
    if (missing) this.view.update({ webgl: "missing" });
    if (!engine) return;
    this.view.update({ webgl: "ready" });
    engine.setScene(this.scene());
    engine.prepare(this.next);
    this.applyDisplay();
  };

  /** Brings a task to the screen, or clears it. */
  show(loaded: LoadedTask | null): void {
    const before = this.view.get().loaded;
    if (loaded === before) return;
    if (loaded && loaded.document === before?.document) {
      this.rescore(loaded);
      return;
    }
    this.unfollow?.();
    this.unfollow = loaded?.document.subscribe(({ history }) => this.follow(history !== "none")) ?? null;
    this.comparison.setTask(loaded);
    this.explaining.setTask(loaded);
    this.view.update(freshView(loaded, this.view.get().activeLayer));
    this.threshold.set(this.view.get().scale?.initial ?? 0);
    this.mask.setTask(loaded);
    this.follow(false);
    this.probe.set(null);
    this.engine?.setScene(this.scene());
    void this.claim(loaded);
  }

  /** Gets the picture ready that comes next. */
  prepare(next: LoadedTask | null): void {
    if (this.next === (next?.picture ?? null)) return;
    this.next = next?.picture ?? null;
    this.engine?.prepare(this.next);
  }

  /** Takes the image from the tab that has it, with all that was drawn there. */
  workHere(): void {
    const { loaded } = this.view.get();
    if (!loaded) return;
    this.lock = TaskLock.take(loaded.task.id, true, this.onElsewhere(loaded));
    void this.session.showFresh();
  }

  /** Gives a verdict, unless the drawing contradicts it. */
  judge(verdict: Verdict): void {
    const { loaded, scale, activeLayer, elsewhere } = this.view.get();
    if (!loaded || elsewhere) return;
    if (this.mask.awaited.get() > 0) {
      // The verdict is about the mask as it will be when what was asked for is painted.
      void this.mask.settled().then(() => {
        if (this.view.get().loaded === loaded) this.judge(verdict);
      });
      return;
    }
    this.engine?.cancelGesture();
    const objection = objectionTo(verdict, this.view.get());
    if (objection) {
      this.notify(objection);
      return;
    }
    const { defectType } = layerIdentity(activeLayer);
    this.session.judge({ verdict, pixelThreshold: scale ? this.threshold.get() : null, defectType });
  }

  /** Adds what is on the clipboard to the layer in hand. */
  paste(data: DataTransfer): void {
    const { loaded, activeLayer } = this.view.get();
    if (!loaded) return;
    this.engine?.cancelGesture();
    pasteMask(data, loaded.document, activeLayer).catch((error: unknown) => {
      const { document } = loaded;
      const image = `${document.widthPx} × ${document.heightPx}`;
      if (error instanceof PasteError) this.notify(error.notice, { size: error.size, image });
      else throw error;
    });
  }

  /** The layer in hand as text for the clipboard; null when there is nothing on it. */
  copy(): string | null {
    const { loaded, activeLayer } = this.view.get();
    if (!loaded || loaded.document.mask(activeLayer).isEmpty()) return null;
    return copiedMask(loaded.document, activeLayer);
  }

  undo(): void {
    if (!this.engine?.cancelGesture()) this.view.get().loaded?.document.undo();
  }

  redo(): void {
    this.engine?.cancelGesture();
    this.view.get().loaded?.document.redo();
  }

  selectLayer(id: string): void {
    const hiddenLayers = new Set(this.view.get().hiddenLayers);
    hiddenLayers.delete(id);
    this.view.update({ activeLayer: id, hiddenLayers });
  }

  toggleLayer(id: string): void {
    const hiddenLayers = new Set(this.view.get().hiddenLayers);
    if (!hiddenLayers.delete(id)) hiddenLayers.add(id);
    this.view.update({ hiddenLayers });
  }

  /** Offers a key to the tool in hand; true when it was used. */
  toolKey(key: string, held: { shift: boolean; alt: boolean }): boolean {
    return this.engine?.toolKey(key, held) ?? false;
  }

  /** Drops what is unfinished; true when there was something. */
  escape(): boolean {
    return this.engine?.escape() ?? false;
  }

  /** Frees the worker. */
  destroy(): void {
    this.comparison.setTask(null);
    this.regions.destroy();
    void this.claim(null);
  }

  /** Lets the earlier image's lock go before it takes the next: they may be the same. */
  private async claim(loaded: LoadedTask | null): Promise<void> {
    const earlier = this.lock;
    this.lock = null;
    await earlier?.release();
    if (!loaded || this.view.get().loaded !== loaded) return;
    this.lock = TaskLock.take(loaded.task.id, false, this.onElsewhere(loaded));
  }

  /** The model says something else about the image on the screen: how it is looked at stays. */
  private rescore(loaded: LoadedTask): void {
    const wasMoved = this.threshold.get() !== this.view.get().scale?.initial;
    const scale = scoreScaleOf(loaded);
    this.comparison.setTask(loaded);
    this.explaining.setTask(loaded);
    this.view.update({ loaded, scale });
    if (!wasMoved) this.threshold.set(scale?.initial ?? 0);
    this.mask.setTask(loaded);
    this.engine?.setScene(this.scene());
  }

  private onElsewhere(loaded: LoadedTask): () => void {
    return () => {
      if (this.view.get().loaded !== loaded) return;
      this.engine?.cancelGesture();
      this.view.update({ elsewhere: true });
    };
  }

  private pick(pick: Pick): void {
    this.comparison.showMine();
    if (pick.tool === "why") void this.explaining.ask(pick.x, pick.y);
    else this.mask.pick(pick);
  }

  private maskScreen() {
    const { loaded, activeLayer, scale } = this.view.get();
    const [settings, threshold] = [this.settings.get(), this.threshold.get()];
    const scoreRange = scale?.range ?? ([0, 1] as const);
    return { loaded, activeLayer, threshold, scoreRange, window: this.window(), settings };
  }

  private window(): IntensityWindow {
    const { autoWindow, intensityWindow } = this.settings.get();
    return autoWindow ? this.view.get().readable : intensityWindow;
  }

  private scene() {
    const { loaded } = this.view.get();
    return loaded && { picture: loaded.picture, scoreMap: loaded.scoreMap, document: loaded.document };
  }

  private follow(edited: boolean): void {
    const { loaded, edited: before } = this.view.get();
    if (edited) this.comparison.showMine();
    this.view.update({
      canUndo: loaded?.document.canUndo ?? false,
      canRedo: loaded?.document.canRedo ?? false,
      hasDefect: loaded?.document.hasDefect() ?? false,
      edited: before || edited,
    });
  }

  private applyLooks(): void {
    const { shown } = this.comparison.state.get();
    const [settings, view, threshold] = [this.settings.get(), this.view.get(), this.threshold.get()];
    this.engine?.setDisplay(displayOf(settings, view, threshold, shown, this.window()));
  }

  private applyDisplay(): void {
    const { engine } = this;
    if (!engine) return;
    const settings = this.settings.get();
    const { activeLayer } = this.view.get();
    this.applyLooks();
    engine.setTool(settings.tool);
    engine.setBrushPx(settings.brushPx);
    engine.setActiveLayer(activeLayer || null);
  }
}
