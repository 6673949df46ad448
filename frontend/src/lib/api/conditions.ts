/** The header that lets a change happen only while the thing still has this version. */
export const ifMatch = (version: number) => ({ "If-Match": `"${version}"` });

/** The header that makes a repeated create one create. */
export const onlyOnce = (key: string) => ({ "Idempotency-Key": key });
