import { Box, Group, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

interface PageProps {
  title: string;
  description?: ReactNode;
  actions?: ReactNode;
  /** Widest useful width of the contents; lists that use every pixel leave it out. */
  maxWidth_px?: number;
  children: ReactNode;
}

/** The frame of a page: its one heading, what can be done, and the contents. */
export function Page({ title, description, actions, maxWidth_px, children }: PageProps) {
  const { t } = useTranslation();
  useDocumentTitle(`${title} · ${t("productName")}`);
  return (
    <Box p="lg" mx="auto" maw={maxWidth_px ?? "100%"}>
      <Stack gap="lg">
        <Group justify="space-between" align="flex-start" gap="md">
          <Stack gap={2}>
            <Title order={1} size="h3">
              {title}
            </Title>
            {description && (
              <Text c="dimmed" size="sm" component="div">
                {description}
              </Text>
            )}
          </Stack>
          {actions && <Group gap="xs">{actions}</Group>}
        </Group>
        {children}
      </Stack>
    </Box>
  );
}
