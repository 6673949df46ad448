import { Radio, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { findingQuery } from "./useRepair";

/** Which images a generation starts from: those of a finding, those selected elsewhere, or all. */
export interface Sources {
  finding: string | null;
  images: readonly string[];
}

export type From = "all" | "finding" | "selection";

/** What led to the page: `?finding=` in its address, or images that were selected before (too many for it). */
export const offeredSources = (search: URLSearchParams, state: unknown): Sources => ({
  finding: search.get("finding"),
  images: (state as { images?: readonly string[] } | null)?.images ?? [],
});

/** The part of a request that names the images. */
export function sourcesIn({ finding, images }: Sources, from: From) {
  if (from === "finding" && finding) return { finding };
  return from === "selection" ? { images: [...images] } : {};
}

interface SourceChoiceProps {
  offered: Sources;
  value: From;
  onChange: (from: From) => void;
}

/** Chooses the images; only shown where there is a choice. */
export function SourceChoice({ offered, value, onChange }: SourceChoiceProps) {
  const { t } = useTranslation("repair");
  const finding = useQuery({ ...findingQuery(offered.finding ?? ""), enabled: offered.finding !== null });
  return (
    <Radio.Group label={t("from")} value={value} onChange={(next) => onChange(next)}>
      <Stack gap={6} mt={6}>
        {offered.finding && (
          <Radio value="finding" label={t("fromFinding", { count: finding.data?.image_count ?? 0 })} />
        )}
        {offered.images.length > 0 && (
          <Radio value="selection" label={t("fromSelection", { count: offered.images.length })} />
        )}
        <Radio value="all" label={t("fromAll")} />
      </Stack>
    </Radio.Group>
  );
}
