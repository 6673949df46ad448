import { Store } from "@/lib/store";

import { changePin, createPin, deletePin, fetchPins } from "../api/deskCalls";
import type { Pin } from "../api/types";
import type { LoadedTask } from "./loadTask";

/** Where a new comment is being written, in image pixels. */
export interface Place {
  x: number;
  y: number;
}

export interface PinState {
  pins: readonly Pin[];
  /** Set while the next click on the image says where. */
  placing: boolean;
  draft: Place | null;
}

const NONE: PinState = { pins: [], placing: false, draft: null };

/** The comments on the image that is on the screen. */
export class Pins {
  readonly state = new Store<PinState>(NONE);
  private image: string | null = null;

  setTask(loaded: LoadedTask | null): void {
    const image = loaded?.task.image.id ?? null;
    if (image === this.image) return;
    this.image = image;
    this.state.set(NONE);
    // Comments are beside the point: without them the image can be judged all the same.
    void this.load().catch(() => undefined);
  }

  startPlacing(): void {
    if (this.image) this.state.update({ placing: true, draft: null });
  }

  place(at: Place): void {
    this.state.update({ placing: false, draft: { x: Math.floor(at.x), y: Math.floor(at.y) } });
  }

  /** True when there was something to drop. */
  cancel(): boolean {
    const { placing, draft } = this.state.get();
    this.state.update({ placing: false, draft: null });
    return placing || draft !== null;
  }

  async write(text: string): Promise<void> {
    const { draft } = this.state.get();
    if (!draft || !this.image) return;
    await createPin({ image: this.image, x_px: draft.x, y_px: draft.y, text });
    this.state.update({ draft: null });
    await this.load();
  }

  async resolve(pin: Pin, resolved: boolean): Promise<void> {
    await changePin(pin, { resolved });
    await this.load();
  }

  async remove(pin: Pin): Promise<void> {
    await deletePin(pin);
    await this.load();
  }

  private async load(): Promise<void> {
    const { image } = this;
    if (!image) return;
    const pins = await fetchPins(image);
    if (image === this.image) this.state.update({ pins });
  }
}
