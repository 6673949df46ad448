import { Group, Text } from "@mantine/core";
import { useEffect, useRef, type ReactNode } from "react";

import type { Store } from "@/lib/store";

import { placeRange, Range, type RangeScale } from "./Range";

interface LabelledSliderProps extends RangeScale {
  label: string;
  value: number;
  shown: string;
  onChange: (value: number) => void;
}

/** A slider under its name and its present value. */
export function LabelledSlider({ label, shown, ...range }: LabelledSliderProps) {
  return (
    <div>
      <Named label={label}>{shown}</Named>
      <Range label={label} shown={shown} {...range} />
    </div>
  );
}

interface StoreSliderProps extends RangeScale {
  label: string;
  store: Store<number>;
  format: (value: number) => string;
  aside?: ReactNode;
  mark?: number | undefined;
}

/** The same for a value that everything else follows by itself: moving it renders nothing. */
export function StoreSlider({ label, store, format, aside, ...range }: StoreSliderProps) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let frame = 0;
    const write = (): void => {
      frame = 0;
      const [input, text] = ["input", "[data-value]"].map((part) => host.current?.querySelector(part));
      const shown = format(store.get());
      if (input instanceof HTMLInputElement) placeRange(input, store.get(), shown);
      if (text) text.textContent = shown;
    };
    const unfollow = store.subscribe(() => (frame ||= requestAnimationFrame(write)));
    write();
    return () => {
      unfollow();
      cancelAnimationFrame(frame);
    };
  }, [store, format, range.min, range.max]);
  // React must not write these again: it knows only what they were when the scale came.
  const first = store.get();
  return (
    <div ref={host}>
      <Named label={label} aside={aside}>
        {""}
      </Named>
      <Range label={label} value={first} shown={format(first)} onChange={(to) => store.set(to)} {...range} />
    </div>
  );
}

function Named({ label, aside, children }: { label: string; aside?: ReactNode; children: string }) {
  return (
    <Group justify="space-between" mb={2} wrap="nowrap">
      <Text size="xs" c="dark.1">
        {label}
      </Text>
      <Group gap={4} wrap="nowrap">
        {aside}
        <Text size="xs" ff="monospace" data-value>
          {children}
        </Text>
      </Group>
    </Group>
  );
}
