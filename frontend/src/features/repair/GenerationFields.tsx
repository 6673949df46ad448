import { Group, NumberInput, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";

/** What every generation is asked with. */
export interface Asked {
  keyword: string;
  prompt: string;
  count: number;
  seed: number;
}

interface GenerationFieldsProps {
  asked: Asked;
  onChange: (asked: Asked) => void;
}

const BELOW: ("label" | "input" | "description")[] = ["label", "input", "description"];

/** Keyword, prompt, number of pictures and seed. */
export function GenerationFields({ asked, onChange }: GenerationFieldsProps) {
  const { t } = useTranslation("repair");
  return (
    <>
      <Group grow align="flex-start">
        <TextInput
          label={t("keyword")}
          description={t("keywordHint")}
          inputWrapperOrder={BELOW}
          maxLength={60}
          value={asked.keyword}
          onChange={({ currentTarget }) => onChange({ ...asked, keyword: currentTarget.value })}
        />
        <TextInput
          label={t("prompt")}
          description={t("promptHint")}
          inputWrapperOrder={BELOW}
          maxLength={200}
          value={asked.prompt}
          onChange={({ currentTarget }) => onChange({ ...asked, prompt: currentTarget.value })}
        />
      </Group>
      <Group grow align="flex-start">
        <NumberInput
          label={t("count")}
          value={asked.count}
          min={1}
          max={200}
          allowDecimal={false}
          onChange={(value) => onChange({ ...asked, count: Number(value) || 1 })}
        />
        <NumberInput
          label={t("seed")}
          description={t("seedHint")}
          inputWrapperOrder={BELOW}
          value={asked.seed}
          min={0}
          allowDecimal={false}
          onChange={(value) => onChange({ ...asked, seed: Number(value) || 0 })}
        />
      </Group>
    </>
  );
}
