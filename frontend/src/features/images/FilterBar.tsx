import { Button, Group, Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { formatCount } from "@/components/format";
import type { DatasetCounts } from "@/lib/data/types";

import { withFilter, withoutFilters, type FilterKey, type Filters } from "./filters";

const TYPING_MS = 250;
const CHOICES = {
  label: ["unlabelled", "normal", "defective"],
  split: ["unassigned", "train", "validation", "test"],
  band: ["pass", "review", "fail"],
  origin: ["captured", "generated"],
} as const;
type ChoiceKey = keyof typeof CHOICES;

interface FilterBarProps {
  search: URLSearchParams;
  filters: Filters;
  counts: DatasetCounts | undefined;
  onChange: (search: URLSearchParams) => void;
}

/** Narrows the list; the address remembers how. */
export function FilterBar({ search, filters, counts, onChange }: FilterBarProps) {
  const { t } = useTranslation("images");
  const set = (key: FilterKey, value: string | null) => onChange(withFilter(search, key, value));
  const shown = (key: ChoiceKey, value: string) => {
    const count = countOf(counts, key, value);
    return `${t(`common:${key}.${value}`)}${count === undefined ? "" : ` (${formatCount(count)})`}`;
  };
  const choice = (key: ChoiceKey) => (
    <Select
      key={key}
      aria-label={t(`filter.${key}`)}
      placeholder={t(`filter.${key}`)}
      data={CHOICES[key].map((value) => ({ value, label: shown(key, value) }))}
      value={filters[key] ?? null}
      onChange={(value) => set(key, value)}
      clearable
      size="xs"
      w={150}
    />
  );
  return (
    <Group gap="xs">
      <NameFilter
        key={filters.filename ? "named" : "any"}
        value={filters.filename ?? ""}
        onChange={(value) => set("filename", value)}
      />
      {choice("label")}
      {choice("split")}
      {choice("band")}
      {choice("origin")}
      <Select
        aria-label={t("filter.quarantined")}
        placeholder={t("filter.quarantined")}
        data={[
          { value: "true", label: t("quarantine.only") },
          { value: "false", label: t("quarantine.without") },
        ]}
        value={filters.quarantined ?? null}
        onChange={(value) => set("quarantined", value)}
        clearable
        size="xs"
        w={150}
      />
      {Object.keys(filters).length > 0 && (
        <Button size="xs" variant="subtle" color="gray" onClick={() => onChange(withoutFilters(search))}>
          {t("clearFilters")}
        </Button>
      )}
    </Group>
  );
}

function countOf(counts: DatasetCounts | undefined, key: ChoiceKey, value: string): number | undefined {
  if (!counts || key === "band") return undefined;
  const groups = { label: counts.label, split: counts.split, origin: counts.origin };
  return groups[key][value] ?? 0;
}

function NameFilter({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { t } = useTranslation("images");
  const [text, setText] = useState(value);
  const settle = useDebouncedCallback(onChange, TYPING_MS);
  return (
    <TextInput
      aria-label={t("filter.filename")}
      placeholder={t("filter.filename")}
      leftSection={<IconSearch size={14} />}
      size="xs"
      w={190}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        settle(event.currentTarget.value);
      }}
    />
  );
}
