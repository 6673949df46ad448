/** One stop of the tour. */
export interface TourStep {
  /** Names the strings, and the place on the screen: `data-tour`. */
  id: string;
  /** Keys that do what the step is about; pressing one is the proof that it was understood. */
  tryKeys?: readonly string[];
}

export const TOUR_STEPS: readonly TourStep[] = [
  { id: "stage", tryKeys: ["h"] },
  { id: "prediction" },
  { id: "tools", tryKeys: ["b", "e", "p", "r"] },
  { id: "reasons" },
  { id: "verdicts" },
  { id: "live" },
  { id: "help" },
];

const KEY = "flawmark.review.tour";

/** Whether this browser has been offered the tour before. */
export const wasOffered = (storage: Storage = localStorage): boolean => storage.getItem(KEY) !== null;
export const rememberOffer = (storage: Storage = localStorage): void => storage.setItem(KEY, "offered");
