import { Button, Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import classes from "./desk.module.css";

interface TourOfferProps {
  onTake: () => void;
  onDecline: () => void;
}

/** Asks a newcomer, once, without standing in the way. */
export function TourOffer({ onTake, onDecline }: TourOfferProps) {
  const { t } = useTranslation("review");
  return (
    <section className={classes["live"]} aria-label={t("desk.tour.title")}>
      <Text size="xs">{t("desk.tour.offer")}</Text>
      <Group gap={6}>
        <Button size="compact-xs" onClick={onTake}>
          {t("desk.tour.take")}
        </Button>
        <Button size="compact-xs" variant="subtle" color="gray" onClick={onDecline}>
          {t("desk.tour.decline")}
        </Button>
      </Group>
    </section>
  );
}
