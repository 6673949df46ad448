import { closePicture, type Picture } from "@/canvas/picture";

import { fetchPicture } from "../api/lookCalls";

interface PictureLink {
  content_url: string;
  bit_depth: number;
  channels: number;
}

/** What is given back to the queue is often leased again at once. */
const KEPT_MS = 10_000;

/**
 * Decoded pictures by address. What was let go stays for a moment: when the model learns, the queue is asked again,
 * and mostly answers with the same images.
 */
export class Pictures {
  private readonly kept = new Map<string, { picture: Picture; timer: ReturnType<typeof setTimeout> }>();

  open(link: PictureLink): Promise<Picture> {
    const kept = this.kept.get(link.content_url);
    if (!kept) return fetchPicture(link);
    clearTimeout(kept.timer);
    this.kept.delete(link.content_url);
    return Promise.resolve(kept.picture);
  }

  /** Keeps a picture that may be wanted again soon. */
  letGo({ content_url: url }: PictureLink, picture: Picture): void {
    this.forget(url);
    this.kept.set(url, { picture, timer: setTimeout(() => this.forget(url), KEPT_MS) });
  }

  /** Frees everything that is kept. */
  clear(): void {
    for (const url of [...this.kept.keys()]) this.forget(url);
  }

  private forget(url: string): void {
    const kept = this.kept.get(url);
    if (!kept) return;
    clearTimeout(kept.timer);
    this.kept.delete(url);
    closePicture(kept.picture);
  }
}
