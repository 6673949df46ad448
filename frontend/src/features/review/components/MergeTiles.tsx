import { Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

import { TILE_PX } from "@/canvas/geometry/tiles";

import { changedBox, chosenBytes, type MergeChoice, type MergeTile } from "../session/mergeTiles";

interface MergeTilesProps {
  tiles: readonly MergeTile[];
  choiceOf: (tile: MergeTile) => MergeChoice;
  onChoose: (tile: MergeTile, choice: MergeChoice) => void;
}

type Bytes = Uint8Array;
type Colour = readonly [red: number, green: number, blue: number];

const CHOICES = ["both", "mine", "theirs"] as const;
const SIDE_PX = 132;
const LEAST_BOX_PX = 48;
const EMPTY: Colour = [44, 50, 58];
const KEPT: Colour = [190, 196, 204];
const ADDED: Colour = [56, 208, 179];
const REMOVED: Colour = [214, 84, 84];

/** Each tile that both sides changed: as it was, mine, theirs, and what the choice makes of them. */
export function MergeTiles({ tiles, choiceOf, onChoose }: MergeTilesProps) {
  const { t } = useTranslation("review");
  return (
    <Stack gap="md" style={{ maxHeight: "60vh", overflowY: "auto" }}>
      {tiles.map((tile) => {
        const { layerId, row, col } = tile.ref;
        const choice = choiceOf(tile);
        const place = t("conflict.tile", { row: row + 1, col: col + 1 });
        return (
          <Stack key={`${layerId}|${row}|${col}`} gap={6} data-testid="merge-tile">
            <Group gap="xs" wrap="nowrap">
              <TilePicture tile={tile} bytes={tile.base} caption={t("conflict.base")} />
              <TilePicture tile={tile} bytes={tile.mine} caption={t("conflict.mineShort")} />
              <TilePicture tile={tile} bytes={tile.theirs} caption={t("conflict.theirsShort")} />
              <TilePicture tile={tile} bytes={chosenBytes(tile, choice)} caption={t("conflict.result")} />
            </Group>
            <SegmentedControl
              size="xs"
              aria-label={place}
              value={choice}
              onChange={(value) => onChoose(tile, value)}
              data={CHOICES.map((value) => ({ value, label: t(`conflict.choices.${value}`) }))}
            />
          </Stack>
        );
      })}
    </Stack>
  );
}

function TilePicture({ tile, bytes, caption }: { tile: MergeTile; bytes: Bytes; caption: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (context) context.putImageData(tilePicture(tile, bytes), 0, 0);
  }, [tile, bytes]);
  return (
    <figure style={{ margin: 0 }}>
      <canvas ref={canvas} width={SIDE_PX} height={SIDE_PX} role="img" aria-label={caption} />
      <Text component="figcaption" size="xs" c="dark.1" ta="center">
        {caption}
      </Text>
    </figure>
  );
}

/** The part of the tile around the changes; what differs from before in colour. */
function tilePicture({ base, ...tile }: MergeTile, bytes: Bytes): ImageData {
  const box = changedBox({ base, ...tile });
  const side = Math.min(TILE_PX, Math.max(LEAST_BOX_PX, 1.25 * Math.max(box.x1 - box.x0, box.y1 - box.y0)));
  const start = (from: number, to: number): number =>
    Math.min(TILE_PX - side, Math.max(0, (from + to - side) / 2));
  const [left, top] = [start(box.x0, box.x1), start(box.y0, box.y1)];
  const picture = new ImageData(SIDE_PX, SIDE_PX);
  for (let i = 0; i < SIDE_PX * SIDE_PX; i++) {
    const x = Math.floor(left + ((i % SIDE_PX) * side) / SIDE_PX);
    const y = Math.floor(top + (Math.floor(i / SIDE_PX) * side) / SIDE_PX);
    const at = y * TILE_PX + x;
    picture.data.set([...colourOf(base[at]! > 0, bytes[at]! > 0), 255], i * 4);
  }
  return picture;
}

function colourOf(before: boolean, now: boolean): Colour {
  if (before) return now ? KEPT : REMOVED;
  return now ? ADDED : EMPTY;
}
