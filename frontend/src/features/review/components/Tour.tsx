import { Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";

import { TOUR_STEPS } from "../session/tourSteps";
import classes from "./desk.module.css";

const CARD_PX = { width: 320, height: 210 };
const GAP_PX = 14;
const MARGIN_PX = 12;

interface TourProps {
  onEnd: () => void;
}

/** A walk over the workspace, which stays alive underneath: what a step names can be tried at once. */
export function Tour({ onEnd }: TourProps) {
  const { t } = useTranslation("review");
  const [place, setPlace] = useState(0);
  const step = TOUR_STEPS[place]!;
  const box = useBoxOf(step.id);
  const tried = useTried(step.tryKeys);
  const next = useRef<HTMLButtonElement>(null);
  // Enter goes on; all other keys still reach the workspace.
  useEffect(() => next.current?.focus(), [place]);
  const isLast = place === TOUR_STEPS.length - 1;
  const go = (by: number): void => {
    if (place + by >= TOUR_STEPS.length) onEnd();
    else setPlace(Math.max(0, place + by));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key === "Escape") onEnd();
    else if (move) go(move);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <>
      {box && <div className={classes["spot"]} style={box} aria-hidden />}
      <Paper
        role="dialog"
        aria-modal="false"
        aria-label={t("desk.tour.title")}
        className={classes["tour"]}
        style={cardPlace(box)}
        p="md"
        shadow="xl"
        withBorder
        onKeyDown={onKeyDown}
      >
        <Stack gap="xs">
          <Title order={2} size="h6">
            {t(`desk.tour.${step.id}.title`)}
          </Title>
          <Text size="sm">{t(`desk.tour.${step.id}.text`)}</Text>
          {step.tryKeys && (
            <Text size="sm" c={tried ? "signal.4" : "dark.1"} role="status">
              {tried ? t("desk.tour.done") : t(`desk.tour.${step.id}.try`)}
            </Text>
          )}
          <Group justify="space-between" mt={4}>
            <Button size="compact-sm" variant="subtle" color="gray" onClick={onEnd}>
              {t("desk.tour.skip")}
            </Button>
            <Group gap={6}>
              <Text size="xs" c="dark.2">
                {t("desk.tour.place", { place: place + 1, count: TOUR_STEPS.length })}
              </Text>
              <Button size="compact-sm" variant="default" disabled={place === 0} onClick={() => go(-1)}>
                {t("desk.tour.back")}
              </Button>
              <Button ref={next} size="compact-sm" onClick={() => go(1)}>
                {t(isLast ? "desk.tour.end" : "desk.tour.next")}
              </Button>
            </Group>
          </Group>
        </Stack>
      </Paper>
    </>
  );
}

type Box = Record<"left" | "top" | "width" | "height", number>;

/** Where the part of the screen that a step is about lies; null when it is not there. */
function useBoxOf(id: string): Box | null {
  const [box, setBox] = useState<Box | null>(null);
  useLayoutEffect(() => {
    const measure = (): void => {
      const element = document.querySelector(`[data-tour="${id}"]`);
      element?.scrollIntoView({ block: "nearest" });
      const found = element?.getBoundingClientRect();
      setBox(found ? { left: found.left, top: found.top, width: found.width, height: found.height } : null);
    };
    measure();
    window.addEventListener("resize", measure);
    return () => window.removeEventListener("resize", measure);
  }, [id]);
  return box;
}

/** Whether one of the keys was pressed since the step came. */
function useTried(keys: readonly string[] | undefined): boolean {
  const [triedFor, setTriedFor] = useState<readonly string[] | undefined>();
  useEffect(() => {
    const listener = (event: globalThis.KeyboardEvent): void => {
      if (keys?.includes(event.key.toLowerCase())) setTriedFor(keys);
    };
    window.addEventListener("keydown", listener, { capture: true });
    return () => window.removeEventListener("keydown", listener, { capture: true });
  }, [keys]);
  return keys !== undefined && triedFor === keys;
}

/** Beside the part, on the side with room, and always on the screen. */
function cardPlace(box: Box | null): { left: number; top: number } {
  const room = { width: window.innerWidth, height: window.innerHeight };
  if (!box) {
    return { left: (room.width - CARD_PX.width) / 2, top: (room.height - CARD_PX.height) / 2 };
  }
  const right = box.left + box.width + GAP_PX;
  const fitsRight = right + CARD_PX.width + MARGIN_PX <= room.width;
  const leftOf = box.left - GAP_PX - CARD_PX.width;
  const inside = box.left + box.width - CARD_PX.width - GAP_PX;
  const left = fitsRight ? right : leftOf >= MARGIN_PX ? leftOf : inside;
  const top = Math.min(Math.max(box.top, MARGIN_PX), room.height - CARD_PX.height - 3 * MARGIN_PX);
  return { left, top };
}
