import { Fieldset, Select, SimpleGrid, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { Defaults } from "./useImports";

interface DefaultsFieldsProps {
  value: Defaults;
  onChange: (value: Defaults) => void;
  disabled: boolean;
}

/** What images get whose place in the folders says nothing. */
export function DefaultsFields({ value, onChange, disabled }: DefaultsFieldsProps) {
  const { t } = useTranslation("imports");
  const set = (key: keyof Defaults, entry: string | null) => {
    const others = Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
    onChange(entry ? { ...others, [key]: entry } : others);
  };
  const choices = (group: string, names: string[]) =>
    names.map((name) => ({ value: name, label: t(`common:${group}.${name}`) }));
  return (
    <Fieldset legend={t("defaults")} disabled={disabled}>
      <SimpleGrid cols={{ base: 1, sm: 2, md: 4 }}>
        <Select
          label={t("label")}
          placeholder={t("fromFolders")}
          clearable
          data={choices("label", ["unlabelled", "normal", "defective"])}
          value={value.label ?? null}
          onChange={(entry) => set("label", entry)}
        />
        <Select
          label={t("split")}
          placeholder={t("fromFolders")}
          clearable
          data={choices("split", ["unassigned", "train", "validation", "test"])}
          value={value.split ?? null}
          onChange={(entry) => set("split", entry)}
        />
        <TextInput
          label={t("station")}
          value={value.station ?? ""}
          onChange={(event) => set("station", event.currentTarget.value)}
        />
        <TextInput
          label={t("lot")}
          value={value.lot ?? ""}
          onChange={(event) => set("lot", event.currentTarget.value)}
        />
      </SimpleGrid>
    </Fieldset>
  );
}
