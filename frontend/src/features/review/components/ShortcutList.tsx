import { Group, Kbd, Modal, SimpleGrid, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

const GROUPS: readonly { title: string; rows: readonly [keys: string, label: string][] }[] = [
  {
    title: "shortcuts.verdicts",
    rows: [
      ["A", "verdict.accept"],
      ["C  Enter", "verdict.corrected"],
      ["N", "verdict.normal"],
      ["D", "verdict.defective"],
      ["S", "verdict.skip"],
      ["U", "verdict.undo"],
      ["⇧1 – ⇧9", "shortcuts.reason"],
      ["⇧N", "shortcuts.note"],
      ["⇧P", "shortcuts.pin"],
      ["⇧L", "shortcuts.lookAlikes"],
    ],
  },
  {
    title: "shortcuts.drawing",
    rows: [
      ["B", "tools.brush"],
      ["E", "tools.eraser"],
      ["P", "tools.polygon"],
      ["R", "tools.rectangle"],
      ["Q", "shortcuts.wandAgain"],
      ["W", "tools.region"],
      ["T", "tools.grow"],
      ["O", "tools.fillHoles"],
      ["X", "tools.removeSpecks"],
      ["M", "prediction.use"],
      ["1 – 9", "shortcuts.layer"],
      ["I", "shortcuts.ignore"],
      ["G", "shortcuts.normalRegion"],
      ["[  ]", "shortcuts.brushSize"],
      ["Alt", "shortcuts.invert"],
      ["Shift", "shortcuts.straight"],
      ["Enter", "shortcuts.close"],
      ["Esc", "shortcuts.cancel"],
      ["Ctrl+Z", "tools.undo"],
      ["Ctrl+Shift+Z", "tools.redo"],
      ["Ctrl+C  Ctrl+V", "shortcuts.paste"],
      ["K", "shortcuts.keyboard"],
    ],
  },
  {
    title: "shortcuts.looking",
    rows: [
      ["H", "shortcuts.hold"],
      ["J", "shortcuts.compare"],
      ["L", "shortcuts.blink"],
      ["Y", "tools.why"],
      ["Space", "shortcuts.pan"],
      ["+  −", "shortcuts.zoom"],
      ["0", "shortcuts.fit"],
      ["⇅", "shortcuts.scroll"],
      ["⇧T", "shortcuts.tour"],
      ["?", "shortcuts.help"],
    ],
  },
];

interface ShortcutListProps {
  opened: boolean;
  onClose: () => void;
}

/** Every key of the workspace. */
export function ShortcutList({ opened, onClose }: ShortcutListProps) {
  const { t } = useTranslation("review");
  return (
    <Modal opened={opened} onClose={onClose} title={t("shortcuts.title")} size="xl" centered>
      <SimpleGrid cols={{ base: 1, sm: 3 }}>
        {GROUPS.map(({ title, rows }) => (
          <Stack key={title} gap={6}>
            <Text size="xs" fw={600} c="dark.2">
              {t(title)}
            </Text>
            {rows.map(([keys, label]) => (
              <Group key={keys + label} justify="space-between" wrap="nowrap" gap="xs">
                <Text size="sm">{t(label)}</Text>
                <Group gap={4} wrap="nowrap">
                  {keys.split("  ").map((key) => (
                    <Kbd key={key} size="xs">
                      {key}
                    </Kbd>
                  ))}
                </Group>
              </Group>
            ))}
          </Stack>
        ))}
      </SimpleGrid>
    </Modal>
  );
}
