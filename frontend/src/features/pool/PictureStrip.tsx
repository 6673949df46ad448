import { Badge } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { LABEL_COLOURS } from "@/components/counts/CountsBar";
import type { Label } from "@/lib/data/types";

import classes from "./pool.module.css";
import { noteOf } from "./sentences";
import type { FindingPicture } from "./types";

interface PictureStripProps {
  pictures: readonly FindingPicture[];
  picked: ReadonlySet<string>;
  onToggle: (id: string) => void;
}

/** Pictures that can be chosen, each a button of its own. */
export function PictureStrip({ pictures, picked, onToggle }: PictureStripProps) {
  const { t } = useTranslation("pool");
  return (
    <div className={classes["strip"]}>
      {pictures.map((picture) => (
        <button
          key={picture.id}
          type="button"
          className={classes["picture"]}
          aria-pressed={picked.has(picture.id)}
          aria-label={t("pick", { name: picture.filename })}
          data-out={(picture.figures as { stands_out?: boolean }).stands_out || undefined}
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
            <span>{noteOf(picture.figures)}</span>
          </span>
          {picture.quarantined_at && (
            <Badge className={classes["flag"] ?? ""} color="orange" size="xs" variant="filled">
              {t("picture.quarantined")}
            </Badge>
          )}
        </button>
      ))}
    </div>
  );
}
