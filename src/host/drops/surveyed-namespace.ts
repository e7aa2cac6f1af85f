import { statSync } from 'node:fs';
import { type InterfaceName, OWN_NAMESPACE } from '../namespace.ts';
import type { Survey, SurveyedNamespace } from '../survey.ts';

/** The namespace of an interface in a survey, under whatever name it is there; undefined where it is gone meanwhile. */
export function surveyedNamespace(
  { namespace }: InterfaceName,
  survey: Survey,
): SurveyedNamespace | undefined {
  const inode = statSync(namespace?.path ?? OWN_NAMESPACE, { throwIfNoEntry: false })?.ino;
  return survey.namespaces.find((one) => one.inode === inode);
}
