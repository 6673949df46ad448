import { pictureBytes, type Picture } from "../picture";
import type { Display, Frame } from "./frame";
import { PicturePass } from "./PicturePass";

/** More than this is not uploaded ahead: it would push the image on the screen out of the card's memory. */
const AHEAD_LIMIT_BYTES = 400 * 2 ** 20;
const IDLE_TIMEOUT_MS = 300;

/** The picture on the screen, the one that blinks against it, and the one that comes next. */
export class Pictures {
  private shown: PicturePass;
  private ahead: PicturePass;
  private readonly other: PicturePass;
  private readonly onPart: () => void;

  /**
   * @param onPart - called when more of a picture is there that may be on the screen.
   */
  constructor(gl: WebGL2RenderingContext, onPart: () => void) {
    this.onPart = onPart;
    [this.shown, this.ahead, this.other] = [new PicturePass(gl), new PicturePass(gl), new PicturePass(gl)];
  }

  /** Shows a picture; resolves when all of it is there. What was uploaded ahead is there at once. */
  show(picture: Picture): Promise<void> {
    if (this.shown.picture === picture) return this.shown.whole;
    if (this.ahead.picture !== picture) return this.shown.upload(picture, this.fast);
    [this.shown, this.ahead] = [this.ahead, this.shown];
    this.ahead.clear();
    this.onPart();
    return this.shown.whole;
  }

  /** Uploads the picture that comes next while there is nothing else to do; null: none is known. */
  async prepare(picture: Picture | null): Promise<void> {
    if (picture && [this.ahead.picture, this.shown.picture].includes(picture)) return;
    this.ahead.clear();
    if (!picture || pictureBytes(picture) > AHEAD_LIMIT_BYTES) return;
    const pass = this.ahead;
    // Whoever gets there before it is whole sees the rest come without pauses.
    await pass.upload(picture, () => (pass === this.shown ? this.fast() : idle()));
  }

  /** Uploads the picture that takes the image's place while a frame says `blink`; null frees it. */
  async setOther(picture: Picture | null): Promise<void> {
    if (picture) await this.other.upload(picture, this.fast);
    else this.other.clear();
  }

  draw(frame: Frame, display: Display): void {
    (frame.blink ? this.other : this.shown).draw(frame, display);
  }

  /** Drops what is on the screen; what comes next stays. */
  clear(): void {
    this.shown.clear();
    this.other.clear();
  }

  /** Between the parts of a large picture the page stays awake. */
  private readonly fast = (): Promise<void> => {
    this.onPart();
    return new Promise((resume) => setTimeout(resume));
  };
}

function idle(): Promise<void> {
  return new Promise((resume) => {
    // Safari has no such callback.
    if ("requestIdleCallback" in globalThis)
      requestIdleCallback(() => resume(), { timeout: IDLE_TIMEOUT_MS });
    else setTimeout(resume, IDLE_TIMEOUT_MS / 3);
  });
}
