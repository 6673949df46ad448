import { Input, SegmentedControl, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

interface PresetPickerProps {
  names: readonly string[];
  value: string;
  onChange: (name: string) => void;
}

/** Chooses where the settings start from. */
export function PresetPicker({ names, value, onChange }: PresetPickerProps) {
  const { t } = useTranslation();
  // A preset that these strings do not know shows its own name.
  const said = (name: string, about: "label" | "hint") =>
    t(`schemaForm.preset.${name}.${about}`, { defaultValue: about === "label" ? name : "" });
  return (
    <Input.Wrapper label={t("schemaForm.presets")} labelElement="div">
      <div>
        <SegmentedControl
          aria-label={t("schemaForm.presets")}
          data={names.map((name) => ({ value: name, label: said(name, "label") }))}
          value={value}
          onChange={onChange}
        />
      </div>
      <Text size="xs" c="dimmed" mt={4}>
        {said(value, "hint")}
      </Text>
    </Input.Wrapper>
  );
}
