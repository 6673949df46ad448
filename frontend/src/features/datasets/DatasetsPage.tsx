import { Button, SimpleGrid, Skeleton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconDatabasePlus, IconPlus } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { EmptyState } from "@/components/feedback/EmptyState";
import { Loaded } from "@/components/feedback/Loaded";
import { Page } from "@/components/layout/Page";
import { useDatasets } from "@/lib/data/datasets";
import { useMay } from "@/lib/data/session";

import { CreateDatasetModal } from "./CreateDatasetModal";
import { DatasetCard } from "./DatasetCard";

/** Every dataset of the team. */
export function DatasetsPage() {
  const { t } = useTranslation("datasets");
  const datasets = useDatasets();
  const mayWrite = useMay("write");
  const [opened, modal] = useDisclosure(false);
  const create = mayWrite && (
    <Button leftSection={<IconPlus size={16} />} onClick={modal.open}>
      {t("create")}
    </Button>
  );
  return (
    <Page title={t("title")} description={t("description")} actions={create} maxWidth_px={1400}>
      <CreateDatasetModal opened={opened} onClose={modal.close} />
      <Loaded query={datasets} skeleton={<CardSkeletons />}>
        {(rows) =>
          rows.length === 0 ? (
            <EmptyState icon={<IconDatabasePlus size={28} />} title={t("empty")} action={create}>
              {t(mayWrite ? "emptyHint" : "emptyHintReader")}
            </EmptyState>
          ) : (
            <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
              {rows.map((dataset) => (
                <DatasetCard key={dataset.id} dataset={dataset} />
              ))}
            </SimpleGrid>
          )
        }
      </Loaded>
    </Page>
  );
}

function CardSkeletons() {
  return (
    <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} aria-busy="true">
      {Array.from({ length: 3 }, (_, index) => (
        <Skeleton key={index} height={190} radius="md" />
      ))}
    </SimpleGrid>
  );
}
