"""Formulaires des classes, des apprenants, des entreprises et des centres."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from crispy_forms.bootstrap import InlineRadios
from crispy_forms.layout import Column, Fieldset, Layout, Row
from django import forms
from django.db.models import QuerySet

from centres.calendrier import annee_scolaire
from centres.enums import Modalite, StatutApprenant, StatutCentre
from centres.forms.base import ChampDate, ChampNumero, FicheForm
from centres.imports import valeurs
from centres.models import Centre, Classe
from referentiel.models import Option, VersionReferentiel

RAPPEL_IDENTITE = (
    "Rien d'autre que le nom, le prénom et l'INE : ni adresse, ni téléphone, ni date de naissance, ni santé."
)
ANNEES = (2000, 2100)


def annees_scolaires(jour: date) -> list[tuple[int, str]]:
    """L'an passé, cette année et les deux suivantes."""
    actuelle = annee_scolaire(jour)
    return [(annee, f"{annee}-{annee + 1}") for annee in range(actuelle + 2, actuelle - 2, -1)]


class ChoixClasse(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Une classe se reconnaît à son nom, son année et son centre."""

    def label_from_instance(self, classe: Classe) -> str:
        return f"{classe}, {classe.centre.nom}"


class ClasseForm(FicheForm):
    """Sans classe : une nouvelle, dont on choisit aussi le centre et le référentiel."""

    centre = forms.ModelChoiceField(label="Centre", queryset=Centre.objects.none(), empty_label=None)
    version = forms.ModelChoiceField(
        label="Référentiel",
        queryset=VersionReferentiel.objects.none(),
        empty_label=None,
        help_text="La cohorte le garde jusqu'à l'examen.",
    )
    nom = forms.CharField(label="Nom de la division", max_length=40, help_text="Comme dans vos fichiers : « TTRPM ».")
    annee_scolaire = forms.TypedChoiceField(label="Année scolaire", coerce=int)
    annee_cycle = forms.IntegerField(
        label="Année du cycle", min_value=1, max_value=9, help_text="1 pour la seconde, 3 pour la terminale."
    )
    session = forms.IntegerField(
        label="Session d'examen",
        min_value=ANNEES[0],
        max_value=ANNEES[1],
        help_text="L'année civile de l'examen en fin de cycle.",
    )

    def __init__(
        self,
        *args: Any,
        centres: QuerySet[Centre],
        versions: QuerySet[VersionReferentiel],
        annees: list[tuple[int, str]],
        classe: Classe | None = None,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        if classe:
            del self.fields["centre"], self.fields["version"]
            annees = sorted({*annees, (classe.annee_scolaire, classe.libelle_annee)}, reverse=True)
        else:
            self.fields["centre"].queryset = centres  # type: ignore[attr-defined]
            self.fields["version"].queryset = versions  # type: ignore[attr-defined]
        self.choisir("annee_scolaire", list(annees))
        existants = [] if classe else ["centre", "version"]
        self.helper.layout = Layout(
            "empreinte",
            Fieldset(
                "La classe",
                *existants,
                Row(Column("nom", css_class="col-sm-6"), Column("annee_scolaire", css_class="col-sm-6")),
                Row(Column("annee_cycle", css_class="col-sm-6"), Column("session", css_class="col-sm-6")),
            ),
        )


def champ_ine() -> ChampNumero:
    return ChampNumero(
        lire=valeurs.ine,
        label="INE",
        max_length=20,
        required=False,
        help_text="Facultatif. Onze signes, il évite les doublons.",
    )


class ApprenantForm(FicheForm):
    nom = forms.CharField(label="Nom", max_length=80)
    prenom = forms.CharField(label="Prénom", max_length=80)
    ine = champ_ine()

    def disposition(self) -> Layout:
        return Layout("empreinte", identite())


def identite(*suite: str) -> Fieldset:
    return Fieldset(
        "Identité",
        Row(Column("nom", css_class="col-sm-6"), Column("prenom", css_class="col-sm-6")),
        "ine",
        *suite,
    )


class InscriptionForm(FicheForm):
    """Une inscription nouvelle, ou un changement de classe, d'option ou de statut à partir d'une date."""

    classe = ChoixClasse(label="Classe", queryset=Classe.objects.none(), empty_label=None)
    option = forms.ModelChoiceField(
        label="Option",
        queryset=Option.objects.none(),
        required=False,
        empty_label="Aucune : seconde commune",
        help_text="Un élève de seconde commune n'en a pas encore ; un apprenti en a une dès l'entrée.",
    )
    statut = forms.ChoiceField(label="Statut", choices=StatutApprenant.choices)
    debut = ChampDate(label="À partir du", help_text="L'inscription en cours se ferme la veille ; elle reste visible.")
    en_parallele = forms.BooleanField(
        label="Il garde son inscription dans un autre centre",
        required=False,
        help_text="Pour un apprenti suivi à la fois par un CFA et par un lycée partenaire.",
    )

    def __init__(
        self,
        *args: Any,
        classes: QuerySet[Classe],
        options_suivies: QuerySet[Option],
        plusieurs_centres: bool,
        **reste: Any,
    ) -> None:
        super().__init__(*args, **reste)
        self.fields["classe"].queryset = classes  # type: ignore[attr-defined]
        self.fields["option"].queryset = options_suivies  # type: ignore[attr-defined]
        parallele = ["en_parallele"] if plusieurs_centres else []
        if not plusieurs_centres:
            del self.fields["en_parallele"]
        self.helper.layout = Layout("empreinte", *self.identite(), self._inscription(parallele))

    def identite(self) -> Iterable[Fieldset]:
        return ()

    def saisie(self) -> dict[str, Any]:
        return {**super().saisie(), "statut": StatutApprenant(self.cleaned_data["statut"])}

    def _inscription(self, parallele: list[str]) -> Fieldset:
        return Fieldset(
            "Inscription",
            "classe",
            Row(Column("option", css_class="col-sm-6"), Column("statut", css_class="col-sm-6")),
            "debut",
            *parallele,
        )


class AccueilApprenantForm(InscriptionForm):
    """Une fiche et sa première inscription."""

    nom = forms.CharField(label="Nom", max_length=80)
    prenom = forms.CharField(label="Prénom", max_length=80)
    ine = champ_ine()

    autre_personne = forms.BooleanField(
        label="C'est une autre personne",
        required=False,
        help_text="À cocher seulement si TRPM signale une ressemblance.",
    )

    def identite(self) -> Iterable[Fieldset]:
        # La question ne se pose qu'après un premier envoi.
        question = ["autre_personne"] if self.is_bound else []
        return (identite(*question),)


class AccueilParCodeForm(InscriptionForm):
    """L'inscription d'un apprenant qu'un autre centre a accepté de partager."""

    code = forms.CharField(
        label="Code remis par l'autre centre",
        max_length=40,
        help_text="Seize signes. L'organisateur de l'autre centre l'obtient sur la fiche de l'apprenant.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["debut"].help_text = "L'inscription dans l'autre centre ne change pas."

    def identite(self) -> Iterable[Fieldset]:
        return (Fieldset("L'apprenant", "code"),)


class FinForm(FicheForm):
    fin = ChampDate(
        label="Dernier jour", required=False, help_text="Compris. Vide : l'inscription ou le rôle court de nouveau."
    )

    def disposition(self) -> Layout:
        return Layout("empreinte", Fieldset("Fin", "fin"))


class DepartForm(FicheForm):
    fin = ChampDate(label="Dernier jour", help_text="Compris. L'inscription et ce qu'elle porte restent.")


class FinDeRolesForm(FicheForm):
    fin = ChampDate(label="Dernier jour", help_text="Compris. Un rôle qui devait finir plus tôt n'est pas prolongé.")


class DeplacementForm(FicheForm):
    """Plusieurs apprenants changent de classe ensemble ; chacun garde son option et son statut."""

    classe = ChoixClasse(label="Nouvelle classe", queryset=Classe.objects.none(), empty_label=None)
    debut = ChampDate(label="À partir du", help_text="Les inscriptions en cours se ferment la veille.")

    def __init__(self, *args: Any, classes: QuerySet[Classe], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["classe"].queryset = classes  # type: ignore[attr-defined]


class RentreeForm(FicheForm):
    """Qui entre où, quand ; l'option de chacun se choisit ligne par ligne."""

    PASSAGE, REDOUBLEMENT = "passage", "redoublement"

    sens = forms.ChoiceField(label="Où vont-ils ?", widget=forms.RadioSelect)
    existante = ChoixClasse(
        label="Classe", queryset=Classe.objects.none(), required=False, empty_label="Une nouvelle classe"
    )
    nom = forms.CharField(label="Nom de la nouvelle classe", max_length=40, required=False)
    debut = ChampDate(label="Jour de la rentrée")

    def __init__(self, *args: Any, classe: Classe, suivantes: QuerySet[Classe], **options: Any) -> None:
        super().__init__(*args, **options)
        self.classe = classe
        cycle, session = classe.annee_cycle, classe.session.annee
        sens = [(self.REDOUBLEMENT, f"Redoublement : année {cycle} du cycle, session {session + 1}")]
        if not classe.est_derniere_annee:
            sens.insert(0, (self.PASSAGE, f"Passage : année {cycle + 1} du cycle, session {session}"))
        self.choisir("sens", sens)
        self.fields["existante"].queryset = suivantes  # type: ignore[attr-defined]
        self.helper.layout = Layout(
            "empreinte",
            Fieldset(
                "La classe de la rentrée",
                InlineRadios("sens"),
                Row(Column("existante", css_class="col-sm-6"), Column("nom", css_class="col-sm-6")),
                "debut",
            ),
        )

    @property
    def redoublement(self) -> bool:
        return bool(self.cleaned_data["sens"] == self.REDOUBLEMENT)

    def clean(self) -> dict[str, Any]:
        saisie = super().clean() or self.cleaned_data
        existante = saisie.get("existante")
        if not existante and not saisie.get("nom"):
            self.add_error("nom", "Nommer la nouvelle classe, ou en choisir une qui existe.")
        elif existante and "sens" in saisie:
            voulue = self.classe.annee_cycle + (0 if self.redoublement else 1)
            if existante.annee_cycle != voulue:
                self.add_error("existante", f"Cette classe est une année {existante.annee_cycle} du cycle.")
        return saisie


class EntrepriseForm(FicheForm):
    centre = forms.ModelChoiceField(label="Centre", queryset=Centre.objects.none(), empty_label=None)
    nom = forms.CharField(label="Nom", max_length=120)
    commune = forms.CharField(label="Commune", max_length=80, required=False)
    siret = ChampNumero(
        lire=valeurs.siret,
        label="SIRET",
        max_length=20,
        required=False,
        help_text="Quatorze chiffres ; il évite les doublons.",
    )

    def __init__(self, *args: Any, centres: QuerySet[Centre] | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        if centres is None:
            del self.fields["centre"]
        else:
            self.fields["centre"].queryset = centres  # type: ignore[attr-defined]
        ou = [] if centres is None else ["centre"]
        self.helper.layout = Layout(
            "empreinte",
            Fieldset(
                "L'entreprise",
                *ou,
                "nom",
                Row(Column("commune", css_class="col-sm-6"), Column("siret", css_class="col-sm-6")),
            ),
        )


class TuteurForm(FicheForm):
    prenom = forms.CharField(label="Prénom", max_length=80, required=False)
    nom = forms.CharField(label="Nom", max_length=80)
    fonction = forms.CharField(
        label="Fonction", max_length=80, required=False, help_text="Dans l'entreprise. Ni santé, ni vie privée."
    )
    email = forms.EmailField(
        label="Adresse électronique",
        required=False,
        help_text="Professionnelle, seulement pour lui envoyer son lien.",
    )

    def disposition(self) -> Layout:
        return Layout(
            "empreinte",
            Fieldset(
                "Le tuteur",
                Row(Column("prenom", css_class="col-sm-6"), Column("nom", css_class="col-sm-6")),
                Row(Column("fonction", css_class="col-sm-6"), Column("email", css_class="col-sm-6")),
            ),
        )


class CentreForm(FicheForm):
    nom = forms.CharField(label="Nom", max_length=120)
    commune = forms.CharField(label="Commune", max_length=80)
    uai = forms.RegexField(
        label="UAI",
        regex=r"^\s*\d{7}[A-Za-z]\s*$",
        required=False,
        help_text="Sept chiffres et une lettre.",
        error_messages={"invalid": "Un UAI compte sept chiffres et une lettre : 0690001A."},
    )
    statut = forms.ChoiceField(label="Statut", choices=StatutCentre.choices)
    modalite_propre = forms.ChoiceField(
        label="Modalité d'évaluation",
        required=False,
        choices=[("", "Celle du statut"), *Modalite.choices],
        help_text="À préciser quand elle diffère de celle du statut : un CFA non habilité relève du ponctuel.",
    )

    def disposition(self) -> Layout:
        return Layout(
            "empreinte",
            Fieldset(
                "Le centre",
                Row(Column("nom", css_class="col-sm-8"), Column("uai", css_class="col-sm-4")),
                "commune",
                Row(Column("statut", css_class="col-sm-6"), Column("modalite_propre", css_class="col-sm-6")),
            ),
        )
