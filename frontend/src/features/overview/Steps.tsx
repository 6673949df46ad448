import { Button, Paper, SimpleGrid, Stack, Text, ThemeIcon, Group } from "@mantine/core";
import { IconArrowRight, IconCheck } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import type { Step } from "./steps";

/** The loop as four steps, with the present one brought forward. */
export function Steps({ steps, base }: { steps: Step[]; base: string }) {
  const { t } = useTranslation("overview");
  return (
    <SimpleGrid
      cols={{ base: 1, sm: 2, lg: 4 }}
      component="ol"
      style={{ listStyle: "none", padding: 0, margin: 0 }}
    >
      {steps.map((step, index) => {
        const next = step.state === "next";
        return (
          <Paper
            key={step.key}
            component="li"
            withBorder
            p="md"
            radius="md"
            aria-current={next ? "step" : undefined}
            style={next ? { borderColor: "var(--mantine-color-signal-6)" } : {}}
          >
            <Stack gap="xs" h="100%">
              <Group gap="xs">
                <ThemeIcon
                  size={24}
                  radius="xl"
                  variant={step.state === "later" ? "light" : "filled"}
                  color={step.state === "later" ? "gray" : "signal"}
                >
                  {step.state === "done" ? <IconCheck size={15} /> : <Text size="xs">{index + 1}</Text>}
                </ThemeIcon>
                <Text fw={600}>{t(`step.${step.key}.title`)}</Text>
              </Group>
              <Text size="sm" c="dimmed">
                {t(`step.${step.key}.${step.state === "done" ? "done" : "todo"}`)}
              </Text>
              <Button
                mt="auto"
                component={Link}
                to={base + step.path}
                size="xs"
                variant={next ? "filled" : "default"}
                rightSection={<IconArrowRight size={14} />}
              >
                {t(`step.${step.key}.action`)}
              </Button>
            </Stack>
          </Paper>
        );
      })}
    </SimpleGrid>
  );
}
