import { Badge } from "@mantine/core";
import { IconZoomIn } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { LABEL_COLOURS } from "@/components/counts/CountsBar";
import type { Label } from "@/lib/data/types";

import classes from "./pool.module.css";
import type { FindingPicture, PictureFigures } from "./types";

interface PictureStripProps {
  pictures: readonly FindingPicture[];
  picked: ReadonlySet<string>;
  /** What is said beneath a picture. */
  noteOf: (picture: FindingPicture) => string;
  onToggle: (id: string) => void;
  onLook: (place: number) => void;
}

/** Pictures that can be chosen, each a button of its own, and looked at by another. */
export function PictureStrip({ pictures, picked, noteOf, onToggle, onLook }: PictureStripProps) {
  const { t } = useTranslation("pool");
  return (
    <div className={classes["strip"]}>
      {pictures.map((picture, place) => (
        <div key={picture.id} className={classes["tile"]}>
          <Tile
            picture={picture}
            note={noteOf(picture)}
            isPicked={picked.has(picture.id)}
            onToggle={onToggle}
          />
          <button
            type="button"
            className={classes["look"]}
            aria-label={t("picture.look", { name: picture.filename })}
            onClick={() => onLook(place)}
          >
            <IconZoomIn size={16} />
          </button>
        </div>
      ))}
    </div>
  );
}

interface TileProps {
  picture: FindingPicture;
  note: string;
  isPicked: boolean;
  onToggle: (id: string) => void;
}

function Tile({ picture, note, isPicked, onToggle }: TileProps) {
  const { t } = useTranslation("pool");
  return (
    <button
      type="button"
      className={classes["picture"]}
      aria-pressed={isPicked}
      aria-label={t("pick", { name: picture.filename })}
      data-out={(picture.figures as PictureFigures).stands_out || undefined}
      onClick={() => onToggle(picture.id)}
    >
      <img src={picture.thumbnail_url} alt="" loading="lazy" decoding="async" draggable={false} />
      <span className={classes["caption"]}>
        <span
          className={classes["dot"]}
          style={{ background: LABEL_COLOURS[picture.label as Label] }}
          title={t(`common:label.${picture.label}`)}
        />
        <span className={classes["name"]} title={picture.filename}>
          {picture.filename}
        </span>
        <span>{note}</span>
      </span>
      {picture.quarantined_at && (
        <Badge className={classes["flag"] ?? ""} color="orange" size="xs" variant="filled">
          {t("picture.quarantined")}
        </Badge>
      )}
    </button>
  );
}
