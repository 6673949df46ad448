/** The product's mark: a score profile with one flaw. */
export function Mark({ size_px = 26 }: { size_px?: number }) {
  return (
    <svg width={size_px} height={size_px} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="var(--mantine-color-signal-9)" fillOpacity="0.22" />
      <path
        d="M7 21l6-11 5 8 3-4 4 7"
        fill="none"
        stroke="var(--mantine-color-signal-5)"
        strokeWidth="2.6"
        strokeLinejoin="round"
      />
    </svg>
  );
}
