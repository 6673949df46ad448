import { Kbd } from "@mantine/core";

import classes from "./ReviewScreen.module.css";

/** The key that does the same as the control beside it; read out by the control's own label. */
export function KeyHint({ children }: { children: string }) {
  return (
    <Kbd size="xs" className={classes.key} aria-hidden>
      {children}
    </Kbd>
  );
}
