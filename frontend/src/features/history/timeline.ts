import type { Review, Revision } from "./useHistory";

/** One thing that happened to an image: a verdict, a mask, or a verdict with the mask that it wrote. */
export interface Happening {
  at: string;
  /** Null: an account that was deleted, or the machine. */
  who: string | null;
  review: Review | null;
  revision: Revision | null;
}

/** Verdicts and masks in one line, newest first; a mask that a verdict wrote stands with that verdict. */
export function timelineOf(revisions: readonly Revision[], reviews: readonly Review[]): Happening[] {
  const byId = new Map(revisions.map((revision) => [revision.id, revision]));
  const written = new Set(reviews.map((review) => review.mask_revision));
  const happenings = [
    ...reviews.map((review): Happening => ({
      at: review.created_at,
      who: review.reviewer ?? null,
      review,
      revision: byId.get(review.mask_revision ?? "") ?? null,
    })),
    ...revisions
      .filter(({ id }) => !written.has(id))
      .map((revision): Happening => ({
        at: revision.created_at,
        who: revision.author ?? null,
        review: null,
        revision,
      })),
  ];
  return happenings.sort((a, b) => b.at.localeCompare(a.at));
}
