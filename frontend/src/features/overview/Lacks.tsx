import { Alert, Anchor, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconInfoCircle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import type { components } from "@/lib/api/schema";

type Lack = components["schemas"]["DatasetStats"]["lacks"][number];

const PATHS: Record<Lack["step"], string> = {
  import: "/import",
  label: "/images",
  split: "/images",
  review: "/review",
};

/** What the dataset still lacks, each with the place to get it. */
export function Lacks({ lacks, base }: { lacks: Lack[]; base: string }) {
  const { t } = useTranslation("overview");
  return (
    <Stack gap="xs">
      {lacks.map((lack) => (
        <Alert
          key={lack.code}
          variant="light"
          color={lack.blocks_training ? "yellow" : "gray"}
          icon={lack.blocks_training ? <IconAlertTriangle size={18} /> : <IconInfoCircle size={18} />}
        >
          <Text size="sm">
            {lack.detail}{" "}
            <Anchor component={Link} to={base + PATHS[lack.step]} size="sm">
              {t(`lack.${lack.step}`)}
            </Anchor>
          </Text>
        </Alert>
      ))}
    </Stack>
  );
}
