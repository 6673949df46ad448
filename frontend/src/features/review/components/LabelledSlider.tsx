import { Group, Slider, Text } from "@mantine/core";
import type { ReactNode } from "react";

interface LabelledSliderProps {
  label: string;
  value: number;
  min: number;
  max: number;
  step: number;
  shown: string;
  aside?: ReactNode;
  onChange: (value: number) => void;
  marks?: { value: number }[];
}

/** A slider under its name and its present value. */
export function LabelledSlider({ label, shown, aside, ...slider }: LabelledSliderProps) {
  return (
    <div>
      <Group justify="space-between" mb={4} wrap="nowrap">
        <Text size="xs" c="dark.1">
          {label}
        </Text>
        <Group gap={4} wrap="nowrap">
          {aside}
          <Text size="xs" ff="monospace">
            {shown}
          </Text>
        </Group>
      </Group>
      <Slider size="xs" thumbSize={14} label={null} thumbLabel={label} mb={10} {...slider} />
    </div>
  );
}
