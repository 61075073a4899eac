/** The same object, but for the members given: those answer in its place. Works for classes with private state, too. */
export function overlay<T extends object>(target: T, over: Partial<T>): T {
  return new Proxy(target, {
    get: (object, name) => {
      if (Object.hasOwn(over, name)) return Reflect.get(over, name);
      const member: unknown = Reflect.get(object, name, object);
      return typeof member === "function" ? member.bind(object) : member;
    },
  });
}
