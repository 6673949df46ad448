import { Paper, SimpleGrid, Text } from "@mantine/core";
import { memo } from "react";
import { useTranslation } from "react-i18next";

import { formatCount, formatDecimal, formatPercent } from "@/components/format";

import type { Rates, Share } from "./imageRates";
import type { PixelRates } from "./pixelRates";

interface RateCardsProps {
  now: Rates;
  then: Rates;
  pixelsNow: PixelRates | null;
  pixelsThen: PixelRates | null;
}

const SHARES = ["escape", "overkill", "review"] as const;

/** What the thresholds would have done, beside what the saved ones do. */
export function RateCards({ now, then, pixelsNow, pixelsThen }: RateCardsProps) {
  const { t } = useTranslation("thresholds");
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }} role="group" aria-label={t("rates")}>
      {SHARES.map((name) => (
        <ShareCard key={name} name={name} now={now[name]} then={then[name]} />
      ))}
      <Card label={t("f1")} hint={t("f1Hint")} then={formatDecimal(then.f1)} now={formatDecimal(now.f1)} />
      <Card
        label={t("pixelF1")}
        hint={t("pixelF1Hint", { overlap: formatPercent(pixelsThen?.overlap) })}
        then={formatDecimal(pixelsThen?.f1)}
        now={formatDecimal(pixelsNow?.f1)}
      />
      <Card
        label={t("aupro")}
        hint={t("auproHint")}
        then={formatDecimal(pixelsThen?.aupro)}
        now={formatDecimal(pixelsNow?.aupro)}
      />
    </SimpleGrid>
  );
}

interface ShareCardProps {
  name: (typeof SHARES)[number];
  now: Share | null;
  then: Share | null;
}

function ShareCard({ name, now, then }: ShareCardProps) {
  const { t } = useTranslation("thresholds");
  const hint = then
    ? t("interval", {
        low: formatPercent(then.low),
        high: formatPercent(then.high),
        images: formatCount(then.images),
        of: formatCount(then.of),
      })
    : t(`none.${name}`);
  return (
    <Card
      label={t(`share.${name}`)}
      hint={hint}
      title={t(`shareHint.${name}`)}
      then={formatPercent(then?.value)}
      now={formatPercent(now?.value)}
    />
  );
}

interface CardProps {
  label: string;
  hint: string;
  title?: string;
  then: string;
  now: string;
}

/** Most figures stay at most steps of a drag: those cards are not drawn again. */
const Card = memo(function Card({ label, hint, title, then, now }: CardProps) {
  const { t } = useTranslation("thresholds");
  return (
    <Paper withBorder p="sm" radius="md" title={title}>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Text size="xl" fw={700} style={{ fontVariantNumeric: "tabular-nums" }} data-testid={`rate-${label}`}>
        {then}
      </Text>
      <Text size="xs" c="dimmed">
        {then === now ? t("asNow") : t("now", { value: now })}
      </Text>
      <Text size="xs" c="dimmed" mt={4}>
        {hint}
      </Text>
    </Paper>
  );
});
