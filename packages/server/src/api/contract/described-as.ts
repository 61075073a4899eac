/** Says that the API document describes a schema by the component of this name, which the document registers. */
export function describedAs(component: string): object {
  return { $ref: `#/components/schemas/${component}` };
}
