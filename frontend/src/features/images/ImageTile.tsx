import { Badge, Checkbox } from "@mantine/core";
import type { MouseEvent } from "react";
import { useTranslation } from "react-i18next";

import { LABEL_COLOURS } from "@/components/counts/CountsBar";
import type { Image } from "@/lib/data/types";

import classes from "./images.module.css";

interface ImageTileProps {
  image: Image;
  selected: boolean;
  focused: boolean;
  onPick: (event: MouseEvent) => void;
  onToggle: () => void;
}

/** One thumbnail with its label, split and selection mark. */
export function ImageTile({ image, selected, focused, onPick, onToggle }: ImageTileProps) {
  const { t } = useTranslation("images");
  return (
    // The listbox around it handles the keyboard for every option.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events
    <div
      id={`image-${image.id}`}
      role="option"
      aria-selected={selected}
      aria-label={`${image.filename}, ${t(`common:label.${image.label}`)}`}
      tabIndex={-1}
      className={classes["tile"]}
      data-selected={selected || undefined}
      data-focused={focused || undefined}
      onClick={onPick}
    >
      <img
        className={classes["picture"]}
        src={image.thumbnail_url}
        alt=""
        loading="lazy"
        decoding="async"
        draggable={false}
      />
      <div className={classes["caption"]}>
        <span
          className={classes["dot"]}
          style={{ background: LABEL_COLOURS[image.label] }}
          title={t(`common:label.${image.label}`)}
        />
        <span className={classes["name"]} title={image.filename}>
          {image.filename}
        </span>
        {image.split !== "unassigned" && <span>{t(`common:split.${image.split}`)}</span>}
      </div>
      <Checkbox
        className={classes["check"] ?? ""}
        size="xs"
        checked={selected}
        tabIndex={-1}
        aria-label={t("select", { name: image.filename })}
        onClick={(event) => event.stopPropagation()}
        onChange={onToggle}
      />
      {image.quarantined_at && (
        <Badge className={classes["flag"] ?? ""} color="orange" size="xs" variant="filled">
          {t("quarantine.flag")}
        </Badge>
      )}
    </div>
  );
}
