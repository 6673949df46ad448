import { ActionIcon, Button, Menu, ScrollArea, Text, Tooltip } from "@mantine/core";
import { IconCheck, IconDatabase, IconSelector } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router";

import { useDatasets } from "@/lib/data/datasets";

interface DatasetSwitcherProps {
  rail: boolean;
  datasetId: string | undefined;
}

/** Which dataset the pages below are about. Switching keeps the page where that makes sense. */
export function DatasetSwitcher({ rail, datasetId }: DatasetSwitcherProps) {
  const { t } = useTranslation();
  const { data: datasets = [] } = useDatasets();
  const { pathname } = useLocation();
  const current = datasets.find((dataset) => dataset.id === datasetId);
  const name = current?.name ?? t("nav.chooseDataset");
  // `/datasets/<id>/images` → `images`: deeper parts belong to one dataset only.
  const page = datasetId ? (pathname.split("/")[3] ?? "") : "";
  return (
    <Menu position={rail ? "right-start" : "bottom-start"} width={260}>
      <Menu.Target>
        {rail ? (
          <Tooltip label={name} position="right">
            <ActionIcon variant="default" size={36} mx="auto" aria-label={t("nav.switchDataset", { name })}>
              <IconDatabase size={18} />
            </ActionIcon>
          </Tooltip>
        ) : (
          <Button
            variant="default"
            fullWidth
            justify="space-between"
            rightSection={<IconSelector size={16} />}
            aria-label={t("nav.switchDataset", { name })}
          >
            <Text truncate size="sm" fw={600}>
              {name}
            </Text>
          </Button>
        )}
      </Menu.Target>
      <Menu.Dropdown>
        <ScrollArea.Autosize mah={360}>
          {datasets.map((dataset) => (
            <Menu.Item
              key={dataset.id}
              component={Link}
              to={`/datasets/${dataset.id}${page ? `/${page}` : ""}`}
              rightSection={dataset.id === datasetId ? <IconCheck size={16} /> : null}
            >
              {dataset.name}
            </Menu.Item>
          ))}
        </ScrollArea.Autosize>
        {datasets.length > 0 && <Menu.Divider />}
        <Menu.Item component={Link} to="/datasets">
          {t("nav.allDatasets")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
