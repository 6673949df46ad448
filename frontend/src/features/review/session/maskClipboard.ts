import { cocoRleSpans, toCocoRle } from "@/canvas/geometry/runs";
import { emitSpans, listSpans, type SpanList } from "@/canvas/geometry/spans";
import type { MaskDocument } from "@/canvas/MaskDocument";
import { greyPlane } from "@/canvas/regions/greyPlane";

/** Why something was not pasted. `size` is the pasted mask's. */
export class PasteError extends Error {
  readonly notice: "pasteSize" | "pasteUnknown";
  readonly size: string;

  constructor(notice: "pasteSize" | "pasteUnknown", size = "") {
    super(notice);
    this.name = "PasteError";
    this.notice = notice;
    this.size = size;
  }
}

interface Size {
  widthPx: number;
  heightPx: number;
}

/** A layer as COCO run lengths, to be pasted here or elsewhere. */
export function copiedMask(document: MaskDocument, layerId: string): string {
  return JSON.stringify(toCocoRle(document.mask(layerId)));
}

/** Adds a pasted mask (a picture, brighter than half is mask, or COCO run lengths) to a layer, as one undo step. */
export async function pasteMask(data: DataTransfer, document: MaskDocument, layerId: string): Promise<void> {
  const file = [...data.files].find(({ type }) => type.startsWith("image/"));
  const text = data.getData("text/plain");
  const spans = file ? await pictureSpans(file, document) : textSpans(text, document);
  document.paint(layerId, 1, (emit) => emitSpans(spans, emit));
}

async function pictureSpans(file: File, size: Size): Promise<SpanList> {
  const bitmap = await createImageBitmap(file, { colorSpaceConversion: "none" }).catch(() => {
    throw new PasteError("pasteUnknown");
  });
  checkSize(bitmap.width, bitmap.height, size);
  const { values, widthPx, heightPx } = greyPlane({ kind: "bitmap", bitmap, isGrey: false });
  bitmap.close();
  return listSpans((emit) => {
    for (let y = 0; y < heightPx; y++) {
      let from = -1;
      for (let x = 0; x <= widthPx; x++) {
        const isSet = x < widthPx && values[y * widthPx + x]! > 127;
        if (isSet && from < 0) from = x;
        if (isSet || from < 0) continue;
        emit(y, from, x);
        from = -1;
      }
    }
  });
}

function textSpans(text: string, size: Size): SpanList {
  const rle = parsed(text);
  checkSize(rle.size[1], rle.size[0], size);
  try {
    return cocoRleSpans(rle, size.widthPx, size.heightPx);
  } catch {
    throw new PasteError("pasteUnknown");
  }
}

function parsed(text: string): { size: [number, number]; counts: number[] } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new PasteError("pasteUnknown");
  }
  const { size, counts } = (value ?? {}) as { size?: unknown; counts?: unknown };
  if (!isLengths(size) || size.length !== 2 || !isLengths(counts)) throw new PasteError("pasteUnknown");
  return { size: size as [number, number], counts };
}

function isLengths(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((each) => Number.isSafeInteger(each) && each >= 0);
}

function checkSize(width: number, height: number, size: Size): void {
  if (width !== size.widthPx || height !== size.heightPx)
    throw new PasteError("pasteSize", `${width} × ${height}`);
}
