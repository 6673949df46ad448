import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";

import { formatCount } from "@/components/format";
import type { DatasetCounts } from "@/lib/data/types";
import { allRows } from "@/lib/data/pages";
import { useMay } from "@/lib/data/session";

import { BulkBar } from "./BulkBar";
import { FilterBar } from "./FilterBar";
import { readFilters, withoutFilters } from "./filters";
import { ImageList } from "./ImageList";
import { ImagePanel } from "./ImagePanel";
import classes from "./images.module.css";
import { cleared, NOTHING, type Selection } from "./selection";
import { useBulkChange, useImageCounts, useImages, type Changes } from "./useImages";

/** Every image of a dataset: filter, select, relabel, look closer. */
export function ImagesPage() {
  const datasetId = useParams()["datasetId"]!;
  const [search, setSearch] = useSearchParams();
  const filters = useMemo(() => readFilters(search), [search]);
  const images = useImages(datasetId, filters);
  const counts = useImageCounts(datasetId, filters);
  const rows = useMemo(() => allRows(images.data), [images.data]);
  const [selection, setSelection] = useState<Selection>(NOTHING);
  const [openId, setOpenId] = useState<string | null>(null);
  const navigate = useNavigate();
  const mayWrite = useMay("write");
  const bulk = useBulkChange(datasetId);
  const openImage = rows.find((image) => image.id === openId);

  /** Without a selection the image under the keyboard is meant. */
  const change = (changes: Changes) => {
    const focused = rows[selection.focused];
    const ids = selection.ids.size > 0 ? [...selection.ids] : focused ? [focused.id] : [];
    if (mayWrite && ids.length > 0) bulk.mutate({ ids, changes });
  };
  return (
    <Group gap={0} align="stretch" wrap="nowrap" className={classes["page"] ?? ""}>
      <Stack gap="sm" flex={1} miw={0} p="lg" pb={0}>
        <Heading datasetId={datasetId} counts={counts.data} />
        <FilterBar search={search} filters={filters} counts={counts.data} onChange={setSearch} />
        <ImageList
          images={rows}
          query={images}
          selection={selection}
          onSelect={setSelection}
          onOpen={setOpenId}
          onChange={change}
          datasetId={datasetId}
          filtered={Object.keys(filters).length > 0}
          onClearFilters={() => setSearch(withoutFilters(search))}
        />
        {mayWrite && selection.ids.size > 0 && (
          <BulkBar
            count={selection.ids.size}
            busy={bulk.isPending}
            onRepair={() =>
              void navigate(`/datasets/${datasetId}/repair`, { state: { images: [...selection.ids] } })
            }
            onChange={change}
            onClear={() => setSelection(cleared)}
          />
        )}
      </Stack>
      {openImage && <ImagePanel image={openImage} mayWrite={mayWrite} onClose={() => setOpenId(null)} />}
    </Group>
  );
}

function Heading({ datasetId, counts }: { datasetId: string; counts: DatasetCounts | undefined }) {
  const { t } = useTranslation("images");
  useDocumentTitle(`${t("title")} · ${t("common:productName")}`);
  return (
    <Group justify="space-between">
      <Group gap="sm" align="baseline">
        <Title order={1} size="h3">
          {t("title")}
        </Title>
        <Text size="sm" c="dimmed" aria-live="polite">
          {counts && t("count", { count: counts.total, shown: formatCount(counts.total) })}
        </Text>
      </Group>
      <Button component={Link} to={`/datasets/${datasetId}/import`} variant="default" size="xs">
        {t("import")}
      </Button>
    </Group>
  );
}
