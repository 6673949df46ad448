import type { Picture } from "@/canvas/picture";
import { api } from "@/lib/api/client";
import { ApiError, toProblem } from "@/lib/api/problem";

import { fetchBinary } from "./binary";
import type { Explanation, MaskRevision, RevisionDetail } from "./types";

/** What is needed to fetch an image's pixels. */
interface PictureLink {
  content_url: string;
  bit_depth: number;
  channels: number;
}

/** Downloads a picture: 16-bit grey as it is, anything else decoded by the browser off the main thread. */
export async function fetchPicture({ content_url: url, bit_depth, channels }: PictureLink): Promise<Picture> {
  if (bit_depth > 8 && channels === 1) return fetchGrey16(url);
  const blob = await (await fetchBinary(url)).blob();
  const bitmap = await createImageBitmap(blob, { premultiplyAlpha: "none", colorSpaceConversion: "none" });
  return { kind: "bitmap", bitmap, isGrey: channels === 1 };
}

/** The mask revisions of an image, newest first. */
export async function fetchRevisions(imageId: string): Promise<MaskRevision[]> {
  const { data } = await api.GET("/api/v1/annotations/", { params: { query: { image: imageId } } });
  return data?.results ?? [];
}

export async function fetchRevision(revisionId: string): Promise<RevisionDetail> {
  const { data } = await api.GET("/api/v1/annotations/{id}/", { params: { path: { id: revisionId } } });
  if (!data) throw new ApiError(toProblem(null, 200));
  return data;
}

/** Which normal patches a pixel resembles; without a pixel, where the score map peaks. */
export async function fetchExplanation(
  inspectionId: string,
  pixel?: { x: number; y: number },
): Promise<Explanation> {
  const { data } = await api.GET("/api/v1/inspections/{inspection_id}/explanation/", {
    params: { path: { inspection_id: inspectionId }, query: { ...pixel } },
  });
  if (!data) throw new ApiError(toProblem(null, 200));
  return data;
}

/** The bytes are little-endian, as every browser's own. */
async function fetchGrey16(url: string): Promise<Picture> {
  const response = await fetchBinary(`${url}?raw=1`);
  const [height, width] = ["X-Height", "X-Width"].map((name) => Number(response.headers.get(name)));
  const buffer = await response.arrayBuffer();
  if (!height || !width || buffer.byteLength !== 2 * width * height) throw new ApiError(toProblem(null, 200));
  return { kind: "grey16", values: new Uint16Array(buffer), width, height };
}
