import { Skeleton, Stack } from "@mantine/core";
import type { ReactNode } from "react";

import { Failure } from "./Failure";

/** The part of a query's result that this needs. */
interface Loadable<Data> {
  data: Data | undefined;
  error: unknown;
  isPending: boolean;
  refetch: () => unknown;
}

interface LoadedProps<Data> {
  query: Loadable<Data>;
  skeleton?: ReactNode;
  children: (data: Data) => ReactNode;
}

/** Skeleton while loading, the problem's sentence after a failure, else the children. Old data stays visible. */
export function Loaded<Data>({ query, skeleton, children }: LoadedProps<Data>) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.isPending && !query.error) return <>{skeleton ?? <RowSkeletons />}</>;
  return <Failure error={query.error} onRetry={() => void query.refetch()} />;
}

/** Grey lines where rows will be. */
export function RowSkeletons({ count = 6, height_px = 36 }: { count?: number; height_px?: number }) {
  return (
    <Stack gap="xs" aria-busy="true">
      {Array.from({ length: count }, (_, index) => (
        <Skeleton key={index} height={height_px} />
      ))}
    </Stack>
  );
}
