"""Les preuves d'un autre référentiel (la seconde commune) vues depuis le diplôme : montrées à côté, jamais comptées.

Une correspondance s'écrit dans l'un des deux textes, celui que l'on peut encore charger : « un code d'ailleurs vers
une compétence d'ici » se lit dans les deux sens.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Q

from evaluations.models import Positionnement
from evaluations.synthese import Observation, Retenu, meilleur_niveau
from referentiel.models import Competence, Correspondance, VersionReferentiel


@dataclass(frozen=True)
class Vers:
    """La compétence du diplôme à laquelle une compétence d'ailleurs correspond."""

    code: str
    bloc: int


@dataclass(frozen=True)
class Ailleurs:
    """Les autres diplômes rencontrés dans un parcours, et ce que leurs compétences valent ici."""

    # Clé de la version → son diplôme, tel qu'on le montre.
    versions: Mapping[int, str]
    vers: Mapping[int, tuple[Vers, ...]]

    def nom(self, positionnement: Positionnement) -> str:
        """Vide : la preuve est du diplôme lui-même."""
        return self.versions.get(positionnement.situation.classe.version_id, "")

    def correspondances(self, competence: Competence) -> tuple[Vers, ...]:
        return self.vers.get(competence.pk, ())


RIEN_D_AILLEURS = Ailleurs({}, {})


def ailleurs_de(positionnements: Iterable[Positionnement], version: VersionReferentiel | None) -> Ailleurs:
    """Aucune requête si tout est sous la même version ; quatre sinon, quel que soit le nombre de preuves."""
    autres = {p.situation.classe.version_id for p in positionnements} - {version.pk if version else None}
    if version is None or not autres:
        return RIEN_D_AILLEURS
    lues = VersionReferentiel.objects.filter(pk__in=autres).exclude(diplome=version.diplome_id)
    versions = {une.pk: une for une in lues.select_related("diplome")}
    if not versions:
        return RIEN_D_AILLEURS
    diplomes = {une.diplome.code for une in versions.values()}
    ici = {code: Vers(code, bloc) for code, bloc in version.competences.values_list("code", "bloc__numero")}
    return Ailleurs(
        {pk: une.intitule for pk, une in versions.items()}, _correspondances(version, versions, diplomes, ici)
    )


def seconde_par_competence(
    observations: Iterable[tuple[Competence, Observation]], ailleurs: Ailleurs
) -> dict[str, Retenu]:
    """Le meilleur niveau montré ailleurs pour chaque compétence d'ici ; il ne se mêle pas au niveau retenu."""
    groupes: dict[str, list[Observation]] = defaultdict(list)
    for competence, observation in observations:
        for vers in ailleurs.correspondances(competence):
            groupes[vers.code].append(observation)
    meilleurs = {code: meilleur_niveau(groupe) for code, groupe in groupes.items()}
    return {code: retenu for code, retenu in meilleurs.items() if retenu}


def _correspondances(
    version: VersionReferentiel, autres: Iterable[int], diplomes: Iterable[str], ici: Mapping[str, Vers]
) -> dict[int, tuple[Vers, ...]]:
    """Clé de la compétence d'ailleurs → les compétences d'ici."""
    la_bas = {
        (code, diplome): pk
        for pk, code, diplome in Competence.objects.filter(version__in=autres)
        .order_by("version", "ordre")
        .values_list("pk", "code", "version__diplome__code")
    }
    lues = Correspondance.objects.filter(
        Q(version=version, referentiel_source__in=diplomes)
        | Q(version__in=autres, referentiel_source=version.diplome.code)
    )
    trouvees: dict[int, dict[str, Vers]] = defaultdict(dict)
    for une in lues.select_related("competence").order_by("version", "ordre"):
        if une.version_id == version.pk:
            cle, code = la_bas.get((une.code_source, une.referentiel_source)), une.competence.code
        else:
            cle, code = une.competence_id, une.code_source
        if cle is not None and code in ici:
            trouvees[cle][code] = ici[code]
    return {cle: tuple(vers.values()) for cle, vers in trouvees.items()}
