/** What a table itself says of a name that anybody may have made up: `constructor` is nobody's entry. */
export const own = <T>(table: Readonly<Record<string, T>>, name: string): T | undefined => (Object.prototype.hasOwnProperty.call(table, name) ? table[name] : undefined);
