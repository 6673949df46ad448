import { useEffect, useRef, useState } from "react";

/** A value that follows another one, changing at most once in `atMostEveryMs`. */
export function useSettled<T>(value: T, atMostEveryMs: number): T {
  const [settled, setSettled] = useState(value);
  const latest = useRef(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    latest.current = value;
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      setSettled(latest.current);
    }, atMostEveryMs);
  }, [value, atMostEveryMs]);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
  return settled;
}
