import { Select, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { Detector } from "@/lib/data/types";

interface DetectorSelectProps {
  detectors: readonly Detector[];
  value: string;
  onChange: (name: string) => void;
}

/** Chooses a detector; each option says what it does. */
export function DetectorSelect({ detectors, value, onChange }: DetectorSelectProps) {
  const { t } = useTranslation("training");
  const descriptionOf = (name: string) => detectors.find((one) => one.name === name)?.description;
  return (
    <Select
      label={t("detector")}
      description={descriptionOf(value)}
      inputWrapperOrder={["label", "input", "description"]}
      data={detectors.map((one) => ({ value: one.name, label: one.title }))}
      renderOption={({ option }) => (
        <Stack gap={2}>
          <Text size="sm">{option.label}</Text>
          <Text size="xs" c="dimmed">
            {descriptionOf(option.value)}
          </Text>
        </Stack>
      )}
      value={value}
      allowDeselect={false}
      onChange={(next) => onChange(next ?? "")}
    />
  );
}
