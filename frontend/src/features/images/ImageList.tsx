import { Box, Button } from "@mantine/core";
import { IconFilterOff, IconPhotoPlus } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { EmptyState } from "@/components/feedback/EmptyState";
import { Failure } from "@/components/feedback/Failure";
import type { Image } from "@/lib/data/types";

import { GridSkeleton, ImageGrid } from "./ImageGrid";
import type { Selection } from "./selection";
import type { Changes, useImages } from "./useImages";

interface ImageListProps {
  images: Image[];
  query: ReturnType<typeof useImages>;
  selection: Selection;
  onSelect: (selection: Selection) => void;
  onOpen: (id: string | null) => void;
  onChange: (changes: Changes) => void;
  datasetId: string;
  filtered: boolean;
  onClearFilters: () => void;
}

/** The grid, or what is there instead: skeleton, failure, nothing. */
export function ImageList({ images, query, ...props }: ImageListProps) {
  const nothing = images.length === 0 && !query.hasNextPage;
  return (
    <Box flex={1} mih={0}>
      {query.isPending && <GridSkeleton />}
      {query.error && !query.data && <Failure error={query.error} onRetry={() => void query.refetch()} />}
      {query.data && nothing && <NoImages {...props} />}
      {query.data && !nothing && (
        <ImageGrid
          images={images}
          selection={props.selection}
          onSelect={props.onSelect}
          onOpen={props.onOpen}
          onChange={props.onChange}
          hasMore={query.hasNextPage}
          loadingMore={query.isFetchingNextPage}
          onMore={() => void query.fetchNextPage()}
        />
      )}
    </Box>
  );
}

type NoImagesProps = Pick<ImageListProps, "filtered" | "datasetId" | "onClearFilters">;

function NoImages({ filtered, datasetId, onClearFilters }: NoImagesProps) {
  const { t } = useTranslation("images");
  if (filtered) {
    return (
      <EmptyState
        icon={<IconFilterOff size={28} />}
        title={t("noMatch")}
        action={
          <Button variant="default" onClick={onClearFilters}>
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
