import { useQuery } from "@tanstack/react-query";

import { detectorsQuery } from "./models";

/** How a detector is called in the browser; its plain name until the list of detectors is there. */
export function useDetectorTitle(): (name: string) => string {
  const { data: detectors = [] } = useQuery(detectorsQuery);
  return (name) => detectors.find((one) => one.name === name)?.title ?? name;
}
