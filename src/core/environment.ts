/** The job's environment as earlier steps left it. */
export type Environment = Readonly<Record<string, string | undefined>>
