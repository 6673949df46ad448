import { Button, Group, Paper, Textarea } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useEffect, useRef, useState, type CSSProperties, type MouseEvent } from "react";
import { useTranslation } from "react-i18next";

import { toImage } from "@/canvas/geometry/view";
import { useStore } from "@/lib/store";

import type { Place } from "../session/Pins";
import { messageOf } from "../session/messageOf";
import classes from "./desk.module.css";
import { useRoom } from "./WorkspaceContext";

/** Comments in their places over the image. Follows the view by CSS variables, without rendering again. */
export function PinLayer() {
  const { t } = useTranslation("review");
  const { workspace, pins } = useRoom();
  const { pins: shown, placing, draft } = useStore(pins.state);
  const layer = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const follow = (): void => {
      const { scale, x, y } = workspace.placement.get();
      layer.current?.style.setProperty("--scale", String(scale));
      layer.current?.style.setProperty("--x", `${x}px`);
      layer.current?.style.setProperty("--y", `${y}px`);
    };
    follow();
    return workspace.placement.subscribe(follow);
  }, [workspace]);
  const onPlace = (event: MouseEvent<HTMLElement>): void => {
    const box = event.currentTarget.getBoundingClientRect();
    pins.place(
      toImage(workspace.placement.get(), { x: event.clientX - box.left, y: event.clientY - box.top }),
    );
  };
  return (
    <div ref={layer} className={classes["pins"]}>
      {placing && (
        <button
          type="button"
          className={classes["placing"]}
          aria-label={t("desk.pins.placing")}
          onClick={onPlace}
        />
      )}
      {shown.map((pin, i) => (
        <span
          key={pin.id}
          className={classes["pin"]}
          data-resolved={pin.resolved_at !== null || undefined}
          style={at({ x: pin.x_px, y: pin.y_px })}
          title={pin.text}
          data-testid="pin"
        >
          {i + 1}
        </span>
      ))}
      {draft && <PinForm key={`${draft.x} ${draft.y}`} place={draft} />}
    </div>
  );
}

function PinForm({ place }: { place: Place }) {
  const { t } = useTranslation("review");
  const { pins } = useRoom();
  const [text, setText] = useState("");
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus(), []);
  const save = (): void => {
    if (!text.trim()) return;
    pins
      .write(text)
      .catch((error: unknown) => notifications.show({ message: messageOf(error), color: "red" }));
  };
  return (
    <Paper className={classes["pinForm"]} style={at(place)} shadow="md" p="xs" withBorder>
      <Textarea
        size="xs"
        autosize
        ref={field}
        maxLength={2000}
        aria-label={t("desk.pins.text", { x: place.x, y: place.y })}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") pins.cancel();
          if (event.key === "Enter" && !event.shiftKey) {
            event.preventDefault();
            save();
          }
        }}
      />
      <Group justify="flex-end" gap={4} mt={6}>
        <Button size="compact-xs" variant="subtle" color="gray" onClick={() => pins.cancel()}>
          {t("common:action.cancel")}
        </Button>
        <Button size="compact-xs" disabled={!text.trim()} onClick={save}>
          {t("desk.pins.save")}
        </Button>
      </Group>
    </Paper>
  );
}

const at = ({ x, y }: Place): CSSProperties => ({ "--px": x + 0.5, "--py": y + 0.5 }) as CSSProperties;
