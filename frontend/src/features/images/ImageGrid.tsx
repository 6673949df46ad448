import { Skeleton, Text } from "@mantine/core";
import { useElementSize, useMergedRef } from "@mantine/hooks";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, type KeyboardEvent, type MouseEvent } from "react";
import { useTranslation } from "react-i18next";

import type { Image } from "@/lib/data/types";

import { ImageTile } from "./ImageTile";
import classes from "./images.module.css";
import { actionOfKey } from "./keys";
import { extended, toggled, type Selection } from "./selection";
import type { Changes } from "./useImages";

const TILE_PX = 150;
const GAP_PX = 10;
const CAPTION_PX = 26;
const ROWS_AHEAD = 4;

interface ImageGridProps {
  images: Image[];
  selection: Selection;
  onSelect: (selection: Selection) => void;
  onOpen: (id: string | null) => void;
  onChange: (changes: Changes) => void;
  hasMore: boolean;
  loadingMore: boolean;
  onMore: () => void;
}

/** A grid of which only the visible rows exist; pages are fetched while scrolling. */
export function ImageGrid(props: ImageGridProps) {
  const { images, selection, onSelect, onOpen } = props;
  const { t } = useTranslation("images");
  const { ref: sizeRef, width } = useElementSize();
  const scrollRef = useRef<HTMLDivElement>(null);
  const ref = useMergedRef(sizeRef, scrollRef);
  const columns = Math.max(1, Math.floor((width + GAP_PX) / (TILE_PX + GAP_PX)));
  const order = useMemo(() => images.map((image) => image.id), [images]);
  const rows = useRows(props, columns, width, scrollRef);

  const pick = (event: MouseEvent, index: number) => {
    if (event.shiftKey) onSelect(extended(selection, order, index));
    else if (event.ctrlKey || event.metaKey) onSelect(toggled(selection, order, index));
    else {
      onSelect({ ...selection, focused: index, anchor: index });
      onOpen(order[index] ?? null);
    }
  };
  const press = (event: KeyboardEvent) => {
    const action = actionOfKey(event, { selection, order, columns });
    if (!action) return;
    event.preventDefault();
    if (action.selection) onSelect(action.selection);
    if (action.changes) props.onChange(action.changes);
    if (action.open !== undefined) onOpen(action.open);
    if (action.selection) rows.scrollToIndex(Math.floor(Math.max(0, action.selection.focused) / columns));
  };
  return (
    // A listbox moves its own focus; see the ARIA pattern with aria-activedescendant.
    <div
      ref={ref}
      className={classes["scroll"]}
      role="listbox"
      aria-label={t("title")}
      aria-multiselectable="true"
      aria-activedescendant={selection.focused >= 0 ? `image-${order[selection.focused]}` : undefined}
      tabIndex={0}
      onKeyDown={press}
    >
      <div style={{ height: rows.getTotalSize(), position: "relative" }} role="presentation">
        {rows.getVirtualItems().map((row) => (
          <div
            key={row.key}
            role="presentation"
            className={classes["row"]}
            style={{
              transform: `translateY(${row.start}px)`,
              height: row.size - GAP_PX,
              gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
            }}
          >
            {images.slice(row.index * columns, (row.index + 1) * columns).map((image, offset) => {
              const index = row.index * columns + offset;
              return (
                <ImageTile
                  key={image.id}
                  image={image}
                  selected={selection.ids.has(image.id)}
                  focused={selection.focused === index}
                  onPick={(event) => pick(event, index)}
                  onToggle={() => onSelect(toggled(selection, order, index))}
                />
              );
            })}
          </div>
        ))}
      </div>
      {props.loadingMore && (
        <Text size="xs" c="dimmed" ta="center" py="xs">
          {t("loadingMore")}
        </Text>
      )}
    </div>
  );
}

function useRows(
  { images, hasMore, loadingMore, onMore }: ImageGridProps,
  columns: number,
  width_px: number,
  scrollRef: React.RefObject<HTMLDivElement | null>,
) {
  const side_px = (Math.max(width_px, TILE_PX) - GAP_PX * (columns - 1)) / columns;
  const row_px = Math.round(side_px) + CAPTION_PX + GAP_PX;
  const count = Math.ceil(images.length / columns);
  // eslint-disable-next-line react-hooks/incompatible-library -- the virtualiser's own state drives this component
  const rows = useVirtualizer({
    count,
    getScrollElement: () => scrollRef.current,
    estimateSize: () => row_px,
    overscan: ROWS_AHEAD,
  });
  useEffect(() => rows.measure(), [rows, row_px]);
  const last = rows.getVirtualItems().at(-1)?.index ?? -1;
  useEffect(() => {
    if (hasMore && !loadingMore && last >= count - ROWS_AHEAD) onMore();
  }, [hasMore, loadingMore, last, count, onMore]);
  return rows;
}

/** Grey tiles where images will be. */
export function GridSkeleton() {
  return (
    <div
      aria-busy="true"
      style={{
        display: "grid",
        gap: GAP_PX,
        gridTemplateColumns: `repeat(auto-fill, minmax(${TILE_PX}px, 1fr))`,
      }}
    >
      {Array.from({ length: 18 }, (_, index) => (
        <Skeleton key={index} height={TILE_PX + CAPTION_PX} radius={6} />
      ))}
    </div>
  );
}
