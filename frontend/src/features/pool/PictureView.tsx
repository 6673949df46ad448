import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { useTranslation } from "react-i18next";

import classes from "./pool.module.css";
import type { FindingPicture, PictureFigures } from "./types";

interface PictureViewProps {
  pictures: readonly FindingPicture[];
  /** Which of them is looked at; null: none. */
  place: number | null;
  /** Where nothing else is known to compare with, the first of the pictures is. */
  comparesWithFirst: boolean;
  picked: ReadonlySet<string>;
  /** What is said beneath a picture. */
  noteOf: (picture: FindingPicture) => string;
  onToggle: (id: string) => void;
  onMove: (place: number | null) => void;
}

/** One picture at its own size beside what it is compared with, to choose it or go on. */
export function PictureView(props: PictureViewProps) {
  const { place, onMove, pictures } = props;
  const picture = place === null ? undefined : pictures[place];
  return (
    <Modal
      opened={picture !== undefined}
      onClose={() => onMove(null)}
      title={picture?.filename}
      size="min(1100px, 96vw)"
      centered
    >
      {picture && <Looked {...props} picture={picture} place={place!} />}
    </Modal>
  );
}

interface LookedProps extends PictureViewProps {
  picture: FindingPicture;
  place: number;
}

function Looked(props: LookedProps) {
  const { pictures, place, picture, picked, onToggle, onMove } = props;
  const { t } = useTranslation("pool");
  const move = (by: number) => onMove(Math.min(pictures.length - 1, Math.max(0, place + by)));
  const figures = picture.figures as PictureFigures;
  const other = figures.nearest ?? (props.comparesWithFirst ? pictures[place === 0 ? 1 : 0]?.id : undefined);
  const isPicked = picked.has(picture.id);
  useHotkeys([
    ["ArrowRight", () => move(1)],
    ["ArrowLeft", () => move(-1)],
    ["C", () => onToggle(picture.id)],
  ]);
  return (
    <Stack gap="sm">
      <div className={classes["pair"]}>
        <Framed picture={picture} note={props.noteOf(picture)} />
        {other && (
          <figure>
            <img src={contentUrl(other)} alt={t("picture.nearest")} />
            <Text component="figcaption" size="sm" c="dimmed" mt={4}>
              {t("picture.nearest")}
            </Text>
          </figure>
        )}
      </div>
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          {t("picture.place", { place: place + 1, count: pictures.length })}
        </Text>
        <Group gap="xs">
          <Button variant="default" size="xs" disabled={place === 0} onClick={() => move(-1)}>
            {t("picture.previous")}
          </Button>
          <Button
            variant="default"
            size="xs"
            disabled={place === pictures.length - 1}
            onClick={() => move(1)}
          >
            {t("picture.next")}
          </Button>
          <Button size="xs" aria-pressed={isPicked} onClick={() => onToggle(picture.id)}>
            {t(isPicked ? "picture.unchoose" : "picture.choose")}
          </Button>
        </Group>
      </Group>
      <Text size="xs" c="dimmed">
        {t("picture.keys")}
      </Text>
    </Stack>
  );
}

/** The picture, and a frame around what least resembles the pool. */
function Framed({ picture, note }: { picture: FindingPicture; note: string }) {
  const { t } = useTranslation("pool");
  const { box_xyxy: box } = picture.figures as PictureFigures;
  const percent = (value: number, side_px: number) => `${(100 * value) / Math.max(side_px, 1)}%`;
  return (
    <figure>
      <div className={classes["framed"]}>
        <img src={contentUrl(picture.id)} alt={picture.filename} />
        {box && (
          <span
            className={classes["worst"]}
            style={{
              left: percent(box[0], picture.width_px),
              top: percent(box[1], picture.height_px),
              width: percent(box[2] - box[0], picture.width_px),
              height: percent(box[3] - box[1], picture.height_px),
            }}
          />
        )}
      </div>
      <Text component="figcaption" size="sm" c="dimmed" mt={4}>
        {[note, box && t("picture.worst")].filter(Boolean).join(" · ")}
      </Text>
    </figure>
  );
}

const contentUrl = (id: string) => `/api/v1/images/${id}/content/`;
