import { ActionIcon, Button, Group, Text, Tooltip } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconCheck, IconMapPin, IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { useStore } from "@/lib/store";

import type { Pin } from "../api/types";
import { messageOf } from "../session/messageOf";
import { KeyHint } from "./KeyHint";
import classes from "./ReviewScreen.module.css";
import { useRoom } from "./WorkspaceContext";

/** What people pinned to this image. */
export function PinSection() {
  const { t } = useTranslation("review");
  const { pins } = useRoom();
  const { pins: shown } = useStore(pins.state);
  return (
    <section className={classes["section"]} aria-label={t("desk.pins.title")}>
      <h2 className={classes["heading"]}>{t("desk.pins.title")}</h2>
      {shown.map((pin, i) => (
        <PinRow key={pin.id} pin={pin} number={i + 1} />
      ))}
      <Button
        fullWidth
        size="compact-xs"
        variant="subtle"
        color="gray"
        justify="space-between"
        leftSection={<IconMapPin size={14} />}
        rightSection={<KeyHint>⇧P</KeyHint>}
        onClick={() => pins.startPlacing()}
      >
        {t("desk.pins.add")}
      </Button>
    </section>
  );
}

function PinRow({ pin, number }: { pin: Pin; number: number }) {
  const { t } = useTranslation("review");
  const { pins } = useRoom();
  const resolved = pin.resolved_at !== null;
  const attempt = (change: Promise<void>): void => {
    change.catch((error: unknown) => notifications.show({ message: messageOf(error), color: "red" }));
  };
  return (
    <Group gap={4} wrap="nowrap" align="flex-start" mb={6}>
      <Text size="xs" fw={700} w={16}>
        {number}
      </Text>
      <div style={{ flex: 1, opacity: resolved ? 0.55 : 1 }}>
        <Text size="xs">{pin.text}</Text>
        <Text size="xs" c="dark.2">
          {pin.author ?? t("desk.deletedAccount")}
          {resolved && ` · ${t("desk.pins.resolved", { name: pin.resolved_by ?? t("desk.deletedAccount") })}`}
        </Text>
      </div>
      <Tooltip label={t(resolved ? "desk.pins.reopen" : "desk.pins.resolve")}>
        <ActionIcon
          size="sm"
          variant="subtle"
          color={resolved ? "signal" : "gray"}
          aria-label={t(resolved ? "desk.pins.reopen" : "desk.pins.resolve")}
          onClick={() => attempt(pins.resolve(pin, !resolved))}
        >
          <IconCheck size={14} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={t("desk.pins.remove")}>
        <ActionIcon
          size="sm"
          variant="subtle"
          color="gray"
          aria-label={t("desk.pins.remove")}
          onClick={() => attempt(pins.remove(pin))}
        >
          <IconTrash size={14} />
        </ActionIcon>
      </Tooltip>
    </Group>
  );
}
