import { Box, Button, Group, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { IconFilterOff, IconPhotoPlus } from "@tabler/icons-react";
import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams, useSearchParams } from "react-router";

import { formatCount } from "@/components/format";
import { EmptyState } from "@/components/feedback/EmptyState";
import { Failure } from "@/components/feedback/Failure";
import { allRows } from "@/lib/data/pages";
import { useMay } from "@/lib/data/session";

import { BulkBar } from "./BulkBar";
import { FilterBar } from "./FilterBar";
import { readFilters, withoutFilters } from "./filters";
import { GridSkeleton, ImageGrid } from "./ImageGrid";
import { ImagePanel } from "./ImagePanel";
import classes from "./images.module.css";
import { cleared, NOTHING, type Selection } from "./selection";
import { useBulkChange, useImageCounts, useImages, type Changes } from "./useImages";

/** Every image of a dataset: filter, select, relabel, look closer. */
export function ImagesPage() {
  const { t } = useTranslation("images");
  const datasetId = useParams()["datasetId"]!;
  const [search, setSearch] = useSearchParams();
  const filters = useMemo(() => readFilters(search), [search]);
  const images = useImages(datasetId, filters);
  const counts = useImageCounts(datasetId, filters);
  const rows = useMemo(() => allRows(images.data), [images.data]);
  const [selection, setSelection] = useState<Selection>(NOTHING);
  const [openId, setOpenId] = useState<string | null>(null);
  const mayWrite = useMay("write");
  const bulk = useBulkChange(datasetId);
  useDocumentTitle(`${t("title")} · Flawmark`);
  const change = useCallback(
    (changes: Changes) => {
      const focused = rows[selection.focused];
      const ids = selection.ids.size > 0 ? [...selection.ids] : focused ? [focused.id] : [];
      if (mayWrite && ids.length > 0) bulk.mutate({ ids, changes });
    },
    [bulk, mayWrite, rows, selection],
  );
  const openImage = rows.find((image) => image.id === openId);
  return (
    <Group gap={0} align="stretch" wrap="nowrap" className={classes["page"] ?? ""}>
      <Stack gap="sm" flex={1} miw={0} p="lg" pb={0}>
        <Group justify="space-between">
          <Group gap="sm" align="baseline">
            <Title order={1} size="h3">
              {t("title")}
            </Title>
            <Text size="sm" c="dimmed" aria-live="polite">
              {counts.data && t("count", { count: counts.data.total, shown: formatCount(counts.data.total) })}
            </Text>
          </Group>
          <Button component={Link} to={`/datasets/${datasetId}/import`} variant="default" size="xs">
            {t("import")}
          </Button>
        </Group>
        <FilterBar search={search} filters={filters} counts={counts.data} onChange={setSearch} />
        <Box flex={1} mih={0}>
          {images.error && !images.data && (
            <Failure error={images.error} onRetry={() => void images.refetch()} />
          )}
          {images.isPending && <GridSkeleton />}
          {images.data && rows.length === 0 && !images.hasNextPage && (
            <NoImages
              filtered={Object.keys(filters).length > 0}
              datasetId={datasetId}
              onClear={() => setSearch(withoutFilters(search))}
            />
          )}
          {(rows.length > 0 || images.hasNextPage) && (
            <ImageGrid
              images={rows}
              selection={selection}
              onSelect={setSelection}
              onOpen={setOpenId}
              onChange={change}
              hasMore={images.hasNextPage}
              loadingMore={images.isFetchingNextPage}
              onMore={() => void images.fetchNextPage()}
            />
          )}
        </Box>
        {mayWrite && selection.ids.size > 0 && (
          <BulkBar
            count={selection.ids.size}
            busy={bulk.isPending}
            onChange={change}
            onClear={() => setSelection(cleared)}
          />
        )}
      </Stack>
      {openImage && <ImagePanel image={openImage} mayWrite={mayWrite} onClose={() => setOpenId(null)} />}
    </Group>
  );
}

interface NoImagesProps {
  filtered: boolean;
  datasetId: string;
  onClear: () => void;
}

function NoImages({ filtered, datasetId, onClear }: NoImagesProps) {
  const { t } = useTranslation("images");
  if (filtered) {
    return (
      <EmptyState
        icon={<IconFilterOff size={28} />}
        title={t("noMatch")}
        action={
          <Button variant="default" onClick={onClear}>
            {t("clearFilters")}
          </Button>
        }
      />
    );
  }
  return (
    <EmptyState
      icon={<IconPhotoPlus size={28} />}
      title={t("empty")}
      action={
        <Button component={Link} to={`/datasets/${datasetId}/import`}>
          {t("import")}
        </Button>
      }
    >
      {t("emptyHint")}
    </EmptyState>
  );
}
