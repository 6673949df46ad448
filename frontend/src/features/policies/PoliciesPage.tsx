import { Button, SimpleGrid } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconClockPlay, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";

import { EmptyState } from "@/components/feedback/EmptyState";
import { Loaded } from "@/components/feedback/Loaded";
import { Page } from "@/components/layout/Page";
import { useMay } from "@/lib/data/session";

import { PolicyCard } from "./PolicyCard";
import { PolicyModal } from "./PolicyModal";
import { policiesQuery } from "./usePolicies";

/** When a dataset retrains by itself. */
export function PoliciesPage() {
  const { t } = useTranslation("policies");
  const datasetId = useParams()["datasetId"]!;
  const policies = useQuery(policiesQuery(datasetId));
  const mayWrite = useMay("write");
  const [opened, modal] = useDisclosure(false);
  const create = mayWrite && (
    <Button leftSection={<IconPlus size={16} />} onClick={modal.open}>
      {t("create")}
    </Button>
  );
  return (
    <Page title={t("title")} description={t("description")} actions={create} maxWidth_px={1100}>
      <PolicyModal opened={opened} onClose={modal.close} datasetId={datasetId} />
      <Loaded query={policies}>
        {(rows) =>
          rows.length === 0 ? (
            <EmptyState icon={<IconClockPlay size={28} />} title={t("empty")} action={create}>
              {t("emptyHint")}
            </EmptyState>
          ) : (
            <SimpleGrid cols={{ base: 1, md: 2 }}>
              {rows.map((policy) => (
                <PolicyCard key={policy.id} policy={policy} mayWrite={mayWrite} />
              ))}
            </SimpleGrid>
          )
        }
      </Loaded>
    </Page>
  );
}
